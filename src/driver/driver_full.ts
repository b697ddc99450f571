/** A machine without any Vulkan driver, from a fresh copy to passing kernel tests. Needs an npm registry. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { copyRepository, withFolder } from "../files/testing.ts";

const FILES =
  /^(deno\.json|deno\.lock|kernels\/.*|src\/(std|driver|files|objectives|diffusion)\/.*|tasks\/.*)$/;

async function runTask(cwd: string, line: string, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "--eval", line],
    cwd,
    env: { NO_COLOR: "1", VK_DRIVER_FILES: "/nonexistent", DLLM_BENCH_DATA: "", DLLM_BENCH_OUT: "", ...env },
  }).output();
  return { code, out: new TextDecoder().decode(stdout), log: new TextDecoder().decode(stderr) };
}

Deno.test("without a Vulkan driver, the tasks fetch one once, check it, and kernels run on it", () =>
  withFolder(async (root) => {
    const clone = `${root}/a clone`;
    await copyRepository(clone, FILES);
    const line = "deno task --quiet test kernels/rmsnorm";

    const first = await runTask(clone, line);
    assertEquals(first.code, 0, first.out + first.log);
    assertStringIncludes(first.log, "no GPU adapter: fetching a software driver");
    assertMatch(first.out, /ok \| [1-9]\d* passed \| 0 failed/);

    const second = await runTask(clone, "deno task --quiet driver");
    assert(!second.log.includes("fetching"), second.log);
    assertStringIncludes(second.log, "using the software driver in .cache/driver/swiftshader");
    const environment = "DENO_WEBGPU_BACKEND=vulkan,metal,dx12 " +
      "VK_DRIVER_FILES=.cache/driver/swiftshader/vk_swiftshader_icd.json\n";
    assertEquals(second.out, environment);

    const library = `${clone}/.cache/driver/swiftshader/libvk_swiftshader.so`;
    const changed = await Deno.readFile(library);
    changed[changed.length >> 1]! ^= 1;
    await Deno.writeFile(library, changed);
    const third = await runTask(clone, line);
    assertEquals(third.code, 0, third.out + third.log);
    assertStringIncludes(third.log, "fetching");
  }));

Deno.test("processes that fetch the driver at once all get it", () =>
  withFolder(async (root) => {
    await copyRepository(root, FILES);
    const runs = await Promise.all([1, 2, 3].map(() => runTask(root, "deno task --quiet driver")));
    for (const { out, log } of runs) assertStringIncludes(out, "VK_DRIVER_FILES=.cache", log);
  }));

Deno.test("without a registry, the driver step says what to install and lets the task go on", () =>
  withFolder(async (root) => {
    await copyRepository(root, FILES);
    // Without packages of its own, the task itself needs no registry.
    const { tasks } = JSON.parse(await Deno.readTextFile("deno.json"));
    await Deno.writeTextFile(`${root}/deno.json`, JSON.stringify({ tasks }));
    await Deno.remove(`${root}/deno.lock`);
    const { code, out, log } = await runTask(root, "export $(deno task --quiet driver) && echo went on", {
      NPM_CONFIG_REGISTRY: "http://127.0.0.1:9",
    });
    assertEquals(code, 0, log);
    assertEquals(out, "went on\n");
    assertStringIncludes(log, "no software driver from npm:@sparticuz/chromium@147.0.0: ");
    assertStringIncludes(log, "mesa-vulkan-drivers libvulkan1");
  }));
