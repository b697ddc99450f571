import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { HOSTILE_TESTS, hostilePrograms } from "./hostile.ts";
import type { Sandbox, Verdict } from "./sandbox.ts";
import { withSandbox } from "./testing.ts";

/** A program whose verdict, its steps included, tells whether the interpreter is as it was at first. */
function wellBehaved(sandbox: Sandbox): Promise<Verdict> {
  return sandbox.run({
    code: "import sys, os, math, json, random, gc, builtins, hashlib\n" +
      "def line():\n    try:\n        return input()\n    except Exception as error:\n        return str(error)\n" +
      "def state():\n" +
      "    return [sorted(sys.modules), sorted(dir(builtins)), sys.path, dict(os.environ), os.getcwd(),\n" +
      "        sorted(os.listdir('/home') + os.listdir('/tmp') + os.listdir('/lib')), sys.getrecursionlimit(),\n" +
      "        line(), [os.isatty(n) for n in range(3)], os.listdir('/proc/self/fd'), sys.get_int_max_str_digits(),\n" +
      "        random.random(), math.sqrt(2), json.dumps([1]), gc.isenabled(), gc.get_threshold(), len(gc.get_objects())]",
    tests: [
      "seen = state()\nassert seen is None, hashlib.sha256(repr(seen).encode()).hexdigest() + repr(seen)",
    ],
    context: "import hashlib",
  });
}

Deno.test("hostile programs: none passes, none has an effect outside, none leaves anything behind", (t) =>
  withFolder(async (folder) => {
    let connections = 0;
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
      connections++;
      return new Response("passed");
    });
    const canary = `${Deno.cwd()}/${folder}/canary`;
    await withSandbox(async (sandbox) => {
      const process = sandbox.process;
      const first = await wellBehaved(sandbox);
      assert(/^AssertionError: [0-9a-f]{64}\[\[/.test(first.reason), first.reason);
      for (const { name, code, clock } of hostilePrograms) {
        await t.step(name, async () => {
          const verdict = await sandbox.run({
            code: code.replaceAll("PORT", String(server.addr.port)).replaceAll("CANARY", canary),
            tests: HOSTILE_TESTS,
            steps: 3_000_000,
            seconds: clock ? 1 : 60,
          });
          assertEquals(
            [verdict.status === "passed", verdict.status === "infra_error"],
            [false, false],
            verdict.reason,
          );
          assert(
            clock || verdict.reproducible || verdict.reason.startsWith("the interpreter crashed"),
            verdict.reason,
          );
          assertEquals(await wellBehaved(sandbox), first);
        });
      }
      assertEquals(sandbox.process, process, "the process went on");
      assertEquals([...Deno.readDirSync(folder)], []);
    }, { programs: 1 });
    assertEquals(connections, 0);
    await server.shutdown();
    assert(hostilePrograms.length >= 60);
  }));
