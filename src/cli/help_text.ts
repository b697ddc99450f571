/** What the program and its commands say of themselves. */

import { type CommandName, COMMANDS, type CommandSpec } from "./commands.ts";

/** What a command says when its permissions were not enough; undefined for what most commands may use. */
export function permissionsOf(command: CommandName): string | undefined {
  return (COMMANDS[command] as CommandSpec).permissions;
}

/** The help text of a command. */
export function commandHelp(command: CommandName): string {
  const { summary, options, words = [], notes, examples = [], permissions }: CommandSpec = COMMANDS[command];
  const rows = Object.entries(options).map(([name, spec]) => {
    const notes = [
      ...(spec.required ? ["required"] : []),
      ...(spec.choices ? [`one of ${spec.choices.join(", ")}`] : []),
      ...(spec.default !== undefined ? [`default ${spec.default}`] : []),
    ];
    const description = spec.description + (notes.length ? ` (${notes.join("; ")})` : "");
    return [spec.value ? `--${name} ${spec.value}` : `--${name}`, description] as const;
  });
  const required = Object.entries(options).flatMap(([name, spec]) =>
    spec.required ? [`--${name} ${spec.value} `] : []
  );
  const usage = `Usage: deno task ${command} ${words.map((word) => `${word} `).join("")}${
    required.join("")
  }[options]`;
  const lines = examples.map((line) => `  deno task ${command} ${line}`.trimEnd());
  const parts = [
    ...[summary, usage, `Options:\n${columns(rows)}`],
    ...(notes ? [notes] : []),
    ...(lines.length > 0 ? [`Examples:\n${lines.join("\n")}`] : []),
    ...(permissions ? [permissions] : []),
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The help text of the program. */
export function programHelp(): string {
  const rows = Object.entries(COMMANDS).map(([name, { summary }]) => [name, summary] as const);
  return "Benchmark of reinforcement learning for masked-diffusion language models.\n\n" +
    `Usage: deno task COMMAND [options]\n\nCommands:\n${columns(rows)}\n\n` +
    "The options of a command: deno task COMMAND --help\n";
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
