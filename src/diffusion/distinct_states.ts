/** Rows that are in the same state: the model gives them the same logits, so one of them is enough. */

export interface DistinctStates {
  /** State of each row, numbered by first appearance. */
  readonly states: Uint32Array;
  /** The first row in each state. */
  readonly leaders: Uint32Array;
}

/** Groups the rows of `words`, each of `width` words, by their contents. */
export function distinctStates(words: Uint32Array, width: number): DistinctStates {
  const states = new Uint32Array(words.length / width), leaders: number[] = [];
  const known = new Map<number, number[]>();
  for (let row = 0; row < states.length; row++) {
    const hash = hashOf(words, row * width, width), candidates = known.get(hash);
    const equal = candidates?.find((state) => sameRows(words, row, leaders[state]!, width));
    states[row] = equal ?? leaders.length;
    if (equal !== undefined) continue;
    if (candidates) candidates.push(leaders.length);
    else known.set(hash, [leaders.length]);
    leaders.push(row);
  }
  return { states, leaders: Uint32Array.from(leaders) };
}

/** Every row in a state of its own, as far as is known. */
export function ownStates(rows: number): DistinctStates {
  const states = Uint32Array.from({ length: rows }, (_, row) => row);
  return { states, leaders: states };
}

/** FNV-1a over words. */
function hashOf(words: Uint32Array, from: number, width: number): number {
  let hash = 0x811c9dc5;
  for (let i = from; i < from + width; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  return hash;
}

function sameRows(words: Uint32Array, a: number, b: number, width: number): boolean {
  for (let i = 0; i < width; i++) if (words[a * width + i] !== words[b * width + i]) return false;
  return true;
}
