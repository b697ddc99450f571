import { assertAlmostEquals, assertEquals } from "@std/assert";
import { liveView, openStore } from "../../bench/queue/store.ts";
import { withFolder } from "../../files/testing.ts";
import { openLive, STORE_FILE } from "./live.ts";

Deno.test("a bench is seen to begin, to go on, to fall silent and to end", () =>
  withFolder((folder) => {
    let now = Date.now();
    const live = openLive(`${folder}/${STORE_FILE}`, () => now);
    assertEquals(live.state().status, "none");
    const database = openStore(folder, () => {});
    try {
      const insert = database.prepare(
        "insert into cells (id, position, identity, state, worker) values (?, ?, 'x', ?, ?)",
      );
      insert.run("a", 0, "leased", "w/0");
      insert.run("b", 1, "ready", null);
      assertEquals([live.state().status, live.state().ready], ["idle", 1]);
      const view = liveView(database);
      view.show("a", "w/0", { step: 1, steps: 10, forwards: 100, reward: 0.5, json: '{"reward":0.5}' });
      const [cell] = live.state().cells;
      assertEquals([cell!.id, cell!.step, cell!.steps, cell!.rewards], ["a", 1, 10, [0.5]]);
      assertEquals([live.state().status, live.state().remainingSeconds], ["running", null]);
      view.show("a", "w/0", { step: 2, steps: 10, forwards: 200, reward: null, json: "not JSON" });
      now += 4000;
      // A tenth of a cell in four seconds: 1.8 cells remain.
      assertAlmostEquals(live.state().remainingSeconds!, 72, 1e-6);
      assertEquals(live.state().cells[0]!.rewards, [0.5, null]);
      now += 120_000;
      assertEquals(live.state().status, "idle");
      database.exec("update cells set state = 'failed', error = 'because' where id = 'a'");
      assertEquals([live.state().failed, live.state().failures], [1, [{ id: "a", error: "because" }]]);
    } finally {
      database.close();
    }
    // The database of a bench that ended.
    assertEquals(live.state().failed, 1);
  }));
