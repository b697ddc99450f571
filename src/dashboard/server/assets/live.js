// Keeps the live page current: the server says when something changed, and the changed part is fetched again.

const status = document.querySelector("[data-status]");
const region = document.querySelector("[data-live]");
let fetching = false, again = false;

async function refresh() {
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    const page = await (await fetch(location.href, { cache: "no-store" })).text();
    const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("[data-live]");
    if (fresh) region.replaceChildren(...document.adoptNode(fresh).childNodes);
  } finally {
    fetching = false;
    if (again) {
      again = false;
      refresh();
    }
  }
}

const events = new EventSource(region.dataset.events);
events.addEventListener("open", () => status.textContent = "Connected: this page follows the run.");
events.addEventListener("error", () => status.textContent = "The server does not answer; trying again.");
events.addEventListener("change", () => refresh().catch(() => {}));
