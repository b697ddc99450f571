/** Arguments as people type them, before an option parser takes them apart. */

/** What begins with a minus and yet is a value: the standard input, a negative number. */
const DASHED_VALUE = /^-(?:$|[\d.])/;

/**
 * The same arguments, with "=" before values that an option parser would take for options, so that `--input -` and
 * `--limit -1` mean what they say.
 * @param valued names of the options that take a value
 */
export function joinDashedValues(args: readonly string[], valued: readonly string[]): string[] {
  const joined: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!, next = args[i + 1];
    if (arg === "--") return [...joined, ...args.slice(i)];
    const takes = arg.startsWith("--") && valued.includes(arg.slice(2));
    if (takes && next !== undefined && DASHED_VALUE.test(next)) {
      joined.push(`${arg}=${next}`);
      i++;
    } else joined.push(arg);
  }
  return joined;
}

/** The option of an argument, as it was typed. */
export function typedOption(arg: string): string {
  return arg.replace(/=.*$/s, "");
}
