/** One worker of an evaluation: a model of its own. */

import { serveJobs } from "../workers/service.ts";
import { loadModelFolder } from "../model/checkpoint_files.ts";
import { modelResponder, type Responder, type RespondJob } from "./responder.ts";

const responders = new Map<string, Promise<Responder>>();

serveJobs<RespondJob>(async (backend, { folder, batch }) => {
  let responder = responders.get(folder);
  if (!responder) {
    responder = loadModelFolder(folder).then((files) => modelResponder(backend, files));
    responders.set(folder, responder);
  }
  return await (await responder).respond(batch);
});
