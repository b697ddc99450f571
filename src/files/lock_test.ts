import { assert, assertEquals, assertRejects } from "@std/assert";
import { lockFolder } from "./lock.ts";
import { withFolder } from "./testing.ts";

Deno.test("one at a time has a folder, the others wait their turn and say for what", () =>
  withFolder(async (root) => {
    const folder = `${root}/deep/work`, lines: string[] = [];
    const first = await lockFolder(folder, { onWait: (line) => void lines.push(line) });
    assertEquals(lines, []);
    let inside = 1, most = 1;
    const others = [1, 2].map(async () => {
      using _ = await lockFolder(folder, { onWait: (line) => void lines.push(line) });
      most = Math.max(most, ++inside);
      await new Promise((resolve) => setTimeout(resolve, 20));
      inside--;
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    inside--;
    first[Symbol.dispose]();
    await Promise.all(others);
    assertEquals(most, 1);
    assert(lines.length >= 2 && lines[0] === `another process works on ${folder}; waiting until it ends`);
  }));

Deno.test("waiting ends when it is asked to", () =>
  withFolder(async (folder) => {
    using _ = await lockFolder(folder);
    const controller = new AbortController();
    const waiting = lockFolder(folder, { signal: controller.signal });
    controller.abort(new Error("stopped"));
    await assertRejects(() => waiting, Error, "stopped");
  }));

Deno.test("a killed process leaves no lock", () =>
  withFolder(async (folder) => {
    const script = `
      const { lockFolder } = await import("${import.meta.resolve("./lock.ts")}");
      await lockFolder("${folder}");
      console.log("locked");
      setTimeout(() => {}, 60_000);
    `;
    const args = ["eval", "--no-check", script];
    const holder = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "null" }).spawn();
    const reader = holder.stdout.getReader();
    await reader.read();
    const waits: string[] = [];
    const waiting = lockFolder(folder, { onWait: (line) => void waits.push(line) });
    await new Promise((resolve) => setTimeout(resolve, 100));
    holder.kill("SIGKILL");
    (await waiting)[Symbol.dispose]();
    assertEquals(waits.length, 1);
    await holder.status;
    await reader.cancel();
  }));
