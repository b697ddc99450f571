/** A real browser for the slow tests: Chromium without a window, watched for everything that goes wrong in a page. */

import puppeteer, { type Browser, type Page } from "puppeteer-core";

/** Where Debian, Ubuntu and others put it; the task of the slow tests may start these. */
const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"];

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-port=0",
];

/**
 * Runs `fn` with a browser that has a new empty profile, and ends it.
 * @param folder for the profile, removed by the caller
 * @throws Error when no browser is installed
 */
export async function withBrowser(folder: string, fn: (browser: Browser) => Promise<void>): Promise<void> {
  const child = start([...FLAGS, `--user-data-dir=${await Deno.realPath(folder)}/profile`, "about:blank"]);
  const { address, ended } = listening(child.stderr);
  try {
    const browser = await puppeteer.connect({ browserWSEndpoint: await address });
    try {
      await fn(browser);
    } finally {
      await browser.close();
    }
  } finally {
    end(child);
    await child.status;
    await ended;
  }
}

function end(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof TypeError)) throw error;
  }
}

function start(args: string[]): Deno.ChildProcess {
  for (const program of PROGRAMS) {
    try {
      return new Deno.Command(program, { args, stdin: "null", stdout: "null", stderr: "piped" }).spawn();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(`no browser: expected one of ${PROGRAMS.join(", ")}; Debian's package is chromium`);
}

/** The address that the browser prints when it is ready, and the end of what it prints. */
function listening(stderr: ReadableStream<Uint8Array>) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const ended = (async () => {
    let text = "";
    for await (const chunk of stderr.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const found = /DevTools listening on (ws:\S+)/.exec(text);
      if (found) resolve(found[1]!);
    }
    reject(new Error(`the browser ended before it was ready:\n${text}`));
  })();
  return { address: promise, ended };
}

/** A page and what went wrong in it so far: errors, warnings, violations of the policy, failed and foreign requests. */
export interface WatchedPage {
  readonly page: Page;
  readonly faults: string[];
}

/** Run in every page before its own scripts. */
const REPORT_VIOLATIONS = `document.addEventListener("securitypolicyviolation", (event) =>
  console.error("policy violation: " + event.violatedDirective + " " + event.blockedURI));`;

/** Opens a page that is watched. @param own origin that all requests must go to */
export async function watchedPage(browser: Browser, own: string): Promise<WatchedPage> {
  const page = await browser.newPage(), faults: string[] = [];
  page.on("console", (message) => faults.push(`console ${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => faults.push(`error: ${error}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("requestfailed", (request) => {
    // A stream is cut when its page is left.
    if (!request.url().endsWith("/live/events")) {
      faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
    }
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(own)) faults.push(`foreign: ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
  });
  await page.evaluateOnNewDocument(REPORT_VIOLATIONS);
  return { page, faults };
}
