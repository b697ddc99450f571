/** `deno task leaderboard`: derives the leaderboard of the records again, writes it and prints it. */

import { leaderboardText, writeLeaderboard } from "../leaderboard/files.ts";
import { readRecords } from "../records/folder.ts";
import { parseOptions } from "./options.ts";
import { checkResultsFolder } from "./results_folder.ts";

/**
 * Runs the command and returns its exit status.
 * @param args what follows the command's name
 */
export async function run(args: string[]): Promise<number> {
  const { out, json } = parseOptions("leaderboard", args);
  checkResultsFolder(out, "--out");
  const board = await writeLeaderboard(out, await readRecords(out));
  if (json) console.log(JSON.stringify({ event: "leaderboard", leaderboard: board }));
  else console.log(leaderboardText(board));
  return 0;
}
