/** Ranges of one growing address space, by first fit: the same calls always give the same addresses. */

interface Hole {
  start: number;
  end: number;
}

export class Allocator {
  /** Free ranges below `#end`, ascending, never adjacent. */
  readonly #holes: Hole[] = [];
  #end: number;

  /** @param start first address; addresses of ranges are `start` plus a sum of sizes */
  constructor(start: number) {
    this.#end = start;
  }

  /** No range in use reaches past this address. It never shrinks. */
  get end(): number {
    return this.#end;
  }

  /** Address of `size` bytes: in the first hole that fits, otherwise at the end. */
  allocate(size: number): number {
    const index = this.#holes.findIndex(({ start, end }) => end - start >= size);
    if (index < 0) {
      const start = this.#end;
      this.#end += size;
      return start;
    }
    const hole = this.#holes[index]!, { start } = hole;
    hole.start += size;
    if (hole.start === hole.end) this.#holes.splice(index, 1);
    return start;
  }

  /** Returns a range that `allocate` gave. */
  free(start: number, size: number): void {
    let index = this.#holes.findIndex((hole) => hole.start > start);
    if (index < 0) index = this.#holes.length;
    this.#holes.splice(index, 0, { start, end: start + size });
    this.#join(index);
    this.#join(index - 1);
  }

  /** Merges hole `index` and the next one where they touch. */
  #join(index: number): void {
    const hole = this.#holes[index], next = this.#holes[index + 1];
    if (!hole || !next || hole.end !== next.start) return;
    hole.end = next.end;
    this.#holes.splice(index + 1, 1);
  }
}
