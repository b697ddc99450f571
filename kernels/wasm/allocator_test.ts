import { assert, assertEquals } from "@std/assert";
import { randomSequence } from "../philox/random.ts";
import { Allocator } from "./allocator.ts";

Deno.test("ranges never overlap, and the same calls give the same addresses", () => {
  function run(): number[] {
    const draw = randomSequence({ seed: 1, stream: 0 }), allocator = new Allocator(1000);
    const live: { start: number; size: number }[] = [], starts: number[] = [];
    for (let i = 0; i < 2000; i++) {
      if (live.length > 0 && draw.uniform() < 0.48) {
        const [range] = live.splice(draw.below(live.length), 1);
        allocator.free(range!.start, range!.size);
        continue;
      }
      const size = 64 * (1 + draw.below(8)), start = allocator.allocate(size);
      assert(start >= 1000 && start + size <= allocator.end);
      for (const other of live) {
        assert(start + size <= other.start || other.start + other.size <= start, `${start} is in use`);
      }
      live.push({ start, size });
      starts.push(start);
    }
    for (const { start, size } of live) allocator.free(start, size);
    // Everything is one hole again.
    assertEquals(allocator.allocate(allocator.end - 1000), 1000);
    return starts;
  }
  assertEquals(run(), run());
});

Deno.test("a freed range is used again before the end moves", () => {
  const allocator = new Allocator(0);
  const [a, b] = [allocator.allocate(64), allocator.allocate(128), allocator.allocate(64)];
  allocator.free(b!, 128);
  assertEquals([allocator.allocate(64), allocator.allocate(128)], [64, 256]);
  allocator.free(a!, 64);
  assertEquals(allocator.allocate(128), 384);
  assertEquals([allocator.allocate(64), allocator.allocate(64)], [0, 128]);
  assertEquals(allocator.end, 512);
});
