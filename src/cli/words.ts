/** Words for people. */

/** "1 cell", "2 cells". `noun` takes an s in the plural. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
