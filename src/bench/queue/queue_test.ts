import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { withFolder } from "../../files/testing.ts";
import { announcePresence } from "./presence.ts";
import { LEASE, openQueue, type QueuedCell } from "./queue.ts";
import { liveView, openStore } from "./store.ts";

const silent = (line: string) => {
  throw new Error(`unexpected: ${line}`);
};

const cell = (id: string, change: Partial<QueuedCell> = {}): QueuedCell => ({
  id,
  identity: "1",
  needs: null,
  done: false,
  ...change,
});

/** A queue in a folder of its own, with a clock and a list of workers that are gone. */
async function withQueue(
  test: (tools: {
    queue: ReturnType<typeof openQueue>;
    /** The same queue, as another process sees it. */
    other: ReturnType<typeof openQueue>;
    clock: { now: number };
    gone: Set<string>;
  }) => void,
): Promise<void> {
  await withFolder((folder) => {
    using database = openStore(folder, silent);
    using second = openStore(folder, silent);
    const clock = { now: 1000 }, gone = new Set<string>();
    const options = { isAlive: (worker: string) => !gone.has(worker), clock: () => clock.now };
    test({ queue: openQueue(database, options), other: openQueue(second, options), clock, gone });
    return Promise.resolve();
  });
}

Deno.test("cells are given out in order, each once, those that need another only after it", () =>
  withQueue(({ queue, other }) => {
    queue.enqueue([cell("base"), cell("a", { needs: "base" }), cell("b", { needs: "base" }), cell("c")]);
    const ids = ["base", "a", "b", "c"];
    const base = queue.claim("x", ids)!;
    assertEquals([base.id, base.worker, base.attempt], ["base", "x", 1]);
    assertEquals(other.claim("y", ids)!.id, "c");
    assertEquals(queue.claim("x", ids), null);
    assert(queue.complete(base));
    // Only among those that were asked for.
    assertEquals([other.claim("y", ["b", "c"])!.id, queue.claim("x", ids)!.id], ["b", "a"]);
    assertEquals(queue.claim("x", ids), null);
    assertEquals([...queue.states(["base", "c", "none"])], [
      ["base", { state: "done", error: null }],
      ["c", { state: "leased", error: null }],
    ]);
  }));

Deno.test("a cell whose worker is gone, or silent for too long, is given to another one", () =>
  withQueue(({ queue, other, clock, gone }) => {
    queue.enqueue([cell("a")]);
    const first = queue.claim("x", ["a"])!;
    clock.now += LEASE - 1;
    assertEquals(other.claim("y", ["a"]), null);
    assert(queue.heartbeat(first));
    clock.now += LEASE;
    assertEquals(other.claim("y", ["a"]), null);
    clock.now += 1;
    const second = other.claim("y", ["a"])!;
    assertEquals([second.worker, second.attempt], ["y", 2]);
    // The first worker learns that it lost the cell, and can no longer finish or fail it.
    assertEquals([queue.heartbeat(first), queue.complete(first)], [false, false]);
    queue.fail(first, "too late");
    queue.release(first);
    assert(other.heartbeat(second));
    gone.add("y");
    const third = queue.claim("x", ["a"])!;
    assertEquals([third.worker, third.attempt], ["x", 3]);
    assert(queue.complete(third));
    assertEquals(other.claim("z", ["a"]), null);
  }));

Deno.test("a cell that ends every process that takes it is given up, with the reason", () =>
  withQueue(({ queue, gone }) => {
    queue.enqueue([cell("a")]);
    for (let attempt = 1; attempt <= 5; attempt++) {
      assertEquals(queue.claim(`worker ${attempt}`, ["a"])!.attempt, attempt);
      gone.add(`worker ${attempt}`);
    }
    assertEquals(queue.claim("x", ["a"]), null);
    assertEquals(queue.states(["a"]).get("a"), {
      state: "failed",
      error: "its worker ended without a word 5 times",
    });
    // Asked for again, it gets another chance, and so does one that a new run finds in the hands of nobody.
    queue.enqueue([cell("a")]);
    assertEquals(queue.claim("y", ["a"])!.attempt, 1);
    gone.add("y");
    queue.enqueue([cell("a")]);
    assertEquals(queue.claim("x", ["a"])!.attempt, 1);
  }));

Deno.test("a failed cell keeps its reason, a released one is ready again", () =>
  withQueue(({ queue }) => {
    queue.enqueue([cell("a"), cell("b")]);
    queue.fail(queue.claim("x", ["a"])!, "a reason");
    assertEquals(queue.states(["a"]).get("a"), { state: "failed", error: "a reason" });
    queue.release(queue.claim("x", ["b"])!);
    assertEquals(queue.claim("y", ["a", "b"])!.id, "b");
  }));

Deno.test("bringing cells in again leaves what others do alone, unless the cell is another one now", () =>
  withQueue(({ queue, other }) => {
    queue.enqueue([cell("a"), cell("b"), cell("c")]);
    const ids = ["a", "b", "c"];
    const a = queue.claim("x", ids)!, b = queue.claim("x", ids)!;
    assert(queue.complete(b));
    other.enqueue([cell("c"), cell("b"), cell("a")]);
    assertEquals([queue.heartbeat(a), other.claim("y", ids)!.id, other.claim("y", ids)], [true, "c", null]);
    // A record that is already there is done, whatever the queue thought.
    other.enqueue([cell("c", { done: true }), cell("a", { identity: "2" })]);
    assertEquals(queue.states(ids).get("c")!.state, "done");
    assertEquals(queue.heartbeat(a), false);
    assertEquals(other.claim("y", ids)!.identity, "2");
    queue.retry("b");
    assertEquals(queue.claim("x", ids)!.id, "b");
  }));

Deno.test("a database that is damaged or of another version is built anew, with a message", () =>
  withFolder((folder) => {
    const file = `${folder}/.bench/bench.sqlite`;
    using fresh = openStore(folder, silent);
    liveView(fresh).show("a", "x", { step: 1, steps: 2, forwards: 3, reward: 0.5, json: "{}" });
    fresh.close();
    const text = "not a database, but long enough to have a header of a hundred bytes. ".repeat(30);
    for (const damage of [text, text.slice(0, 40)]) {
      for (const suffix of ["-wal", "-shm"]) Deno.writeTextFileSync(file + suffix, "");
      Deno.writeTextFileSync(file, damage);
      const said: string[] = [];
      using again = openStore(folder, (line) => said.push(line));
      assertEquals(said.length, 1);
      assert(
        said[0]!.startsWith(`${file} cannot be used (`) && said[0]!.endsWith("it is built anew"),
        said[0],
      );
      assertEquals(again.prepare("SELECT count(*) AS n FROM cells").get()!.n, 0);
    }
    using other = openStore(folder, silent);
    other.exec("PRAGMA user_version = 99");
    other.close();
    const said: string[] = [];
    using last = openStore(folder, (line) => said.push(line));
    assert(said[0]!.includes("version 99, expected 1") && last.isOpen);
    return Promise.resolve();
  }));

Deno.test("the live view holds the newest step of each cell, and all lines of its log", () =>
  withFolder((folder) => {
    using database = openStore(folder, silent);
    const view = liveView(database);
    view.show("a", "x", { step: 1, steps: 9, forwards: 10, reward: null, json: `{"step":1}` });
    view.show("a", "x", { step: 2, steps: 9, forwards: 20, reward: 0.25, json: `{"step":2}` });
    view.show("b", "x", { step: 5, steps: 9, forwards: 50, reward: null });
    const rows = (table: string) => database.prepare(`SELECT * FROM ${table} ORDER BY 1, 2, 3`).all();
    assertEquals(rows("progress").map(({ cell, step, forwards, reward }) => [cell, step, forwards, reward]), [
      ["a", 2, 20, 0.25],
      ["b", 5, 50, null],
    ]);
    assertEquals(rows("steps").map(({ cell, step, json }) => [cell, step, json]), [
      ["a", 1, `{"step":1}`],
      ["a", 2, `{"step":2}`],
    ]);
    view.clear("a");
    assertEquals([rows("progress").length, rows("steps").length], [1, 0]);
    return Promise.resolve();
  }));

Deno.test("a process is alive until it ends, whoever asks", () =>
  withFolder((folder) => {
    using first = announcePresence(folder);
    const second = announcePresence(folder);
    assertNotEquals(first.process, second.process);
    assert(first.isAlive(`${second.process}/0`) && second.isAlive(`${first.process}/3`));
    assert(first.isAlive(`${first.process}/0`));
    assert(!first.isAlive("nobody/0"));
    second[Symbol.dispose]();
    assert(!first.isAlive(`${second.process}/0`));
    // What a killed process leaves behind is a file that nobody holds.
    const left = `${folder}/.bench/processes/00000000-0000-4000-8000-000000000000`;
    Deno.writeTextFileSync(left, "");
    assert(!first.isAlive("00000000-0000-4000-8000-000000000000/0"));
    announcePresence(folder)[Symbol.dispose]();
    assertEquals([...Deno.readDirSync(`${folder}/.bench/processes`)].map(({ name }) => name), [
      first.process,
    ]);
    return Promise.resolve();
  }));
