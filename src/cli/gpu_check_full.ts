import { assert, assertEquals } from "@std/assert";
import { withFolder } from "../files/testing.ts";
import { validateReport } from "../gpu_check/report.ts";
import { runCommand } from "./testing.ts";

Deno.test("gpu-check on the software driver: all cases pass, and the report says that it is no GPU", () =>
  withFolder(async (folder) => {
    const { code, stdout, stderr } = await runCommand("gpu-check", ["--out", folder]);
    assertEquals(code, 0, stderr);
    assert(stdout.includes("software: its figures say nothing about any GPU"), stdout);
    const names = Array.from(Deno.readDirSync(folder), ({ name }) => name);
    assertEquals(names.length, 1);
    const report = validateReport(JSON.parse(await Deno.readTextFile(`${folder}/${names[0]}`)), names[0]!);
    assert(report.adapter.software && report.parity.every(({ passed }) => passed));
    assert(report.models.every(({ trainingTokensPerSecond }) => trainingTokensPerSecond! > 0));

    const list = await runCommand("gpu-check", ["--out", folder, "--list"]);
    assertEquals(list.code, 0);
    assert(list.stdout.includes(names[0]!) && list.stdout.includes("software"), list.stdout);
    const none = await runCommand("gpu-check", ["--out", `${folder}/none`, "--list"]);
    assert(none.stdout.includes("no figure of a real GPU has been seen yet"), none.stdout);
  }));
