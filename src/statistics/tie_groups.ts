/**
 * Tie groups as a compact letter display (Piepho 2004): two items share a letter exactly when they are not told
 * apart. Fewest letters is a hard problem; these come from a greedy cover, and none of them could be left out.
 */

/**
 * @param count items, best first
 * @param toldApart whether items i < j are told apart
 * @returns the letters of every item; the first letter belongs to the best item
 */
export function tieGroups(count: number, toldApart: (i: number, j: number) => boolean): string[] {
  const tied = (i: number, j: number) => i === j || !toldApart(Math.min(i, j), Math.max(i, j));
  const items = Array.from({ length: count }, (_, i) => i);
  const groups: number[][] = [];
  // Every tied pair, the best first, that no group holds yet opens one, which the best that fit join. An item
  // counts as a pair with itself, so that one without ties has a group of its own.
  for (const i of items) {
    for (const j of [...items.slice(i + 1), i]) {
      if (!tied(i, j) || groups.some((group) => group.includes(i) && group.includes(j))) continue;
      const group = [...new Set([i, j])];
      for (const k of items) {
        if (!group.includes(k) && group.every((member) => tied(member, k))) group.push(k);
      }
      groups.push(group.sort((a, b) => a - b));
    }
  }
  const needed = withoutSuperfluous(groups).sort(lexicographic);
  return items.map((item) => needed.map((group, i) => group.includes(item) ? letter(i) : "").join(""));
}

/** Drops, from the last, every group whose pairs the others hold. */
function withoutSuperfluous(groups: readonly number[][]): number[][] {
  const key = (i: number, j: number) => `${i},${j}`;
  const held = new Map<string, number>();
  const pairsOf = (group: number[]) => group.flatMap((i) => group.map((j) => key(i, j)));
  for (const pair of groups.flatMap(pairsOf)) held.set(pair, (held.get(pair) ?? 0) + 1);
  return groups.toReversed().filter((group) => {
    const pairs = pairsOf(group);
    if (pairs.some((pair) => held.get(pair) === 1)) return true;
    for (const pair of pairs) held.set(pair, held.get(pair)! - 1);
    return false;
  });
}

function lexicographic(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

/** a, b, ..., z, A, ..., Z, then numbers in brackets. */
function letter(index: number): string {
  if (index < 26) return String.fromCharCode(97 + index);
  return index < 52 ? String.fromCharCode(65 + index - 26) : `(${index + 1})`;
}
