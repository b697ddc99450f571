/**
 * The staircase: what stands above what. A file may import from its own room and from floors below it, never from a
 * room above or beside. A room is a folder or a file; the longest name that fits a path is the one it belongs to.
 * "tasks/*" is a room for each folder that has no name of its own here: a new task needs none.
 */
const FLOORS: readonly (readonly string[])[] = [
  ["src/main.ts"],
  ["src/lint"],
  ["src/cli"],
  ["src/new", "src/conformance", "src/gpu_check"],
  ["src/dashboard/testing"],
  ["src/dashboard/server"],
  ["src/dashboard"],
  ["src/dashboard/api"],
  ["src/dashboard/pages"],
  ["src/dashboard/parts"],
  ["src/dashboard/store"],
  ["src/verify", "src/claims"],
  ["src/confirm"],
  ["src/bench"],
  ["src/bench/queue", "src/leaderboard"],
  ["src/records"],
  ["src/suite"],
  ["src/train"],
  ["src/evaluation"],
  ["src/grading"],
  ["tasks/demonstrations.ts"],
  ["tasks/registry.ts"],
  ["tasks/testing"],
  ["src/objectives"],
  ["src/diffusion"],
  ["src/model"],
  ["tasks/*"],
  ["tasks/code"],
  ["tasks/d1", "tasks/generated"],
  ["tasks"],
  ["tasks/data", "tasks/verdict.ts"],
  ["tasks/answers"],
  ["src/sandbox"],
  ["src/workers", "src/driver", "src/tables", "src/figures"],
  ["src/statistics", "src/files"],
  ["kernels"],
  ["src/std"],
];

/** Whether a file is a test, a benchmark, or what they share. */
export function isForTests(path: string): boolean {
  return /(?:_test|_full|_bench|\/testing|_testing)\.tsx?$|\/testing\//.test(path);
}

/** Floor of a path, 0 for the highest, and its room. @throws RangeError for a path in no room */
export function placeOf(path: string): { readonly floor: number; readonly room: string } {
  // A test stands with what it tests.
  const tested = path.replace(/_(?:test|full|bench)\.ts/, ".ts");
  let found: { floor: number; room: string } | undefined, fit = 0;
  FLOORS.forEach((rooms, floor) => {
    for (const room of rooms) {
      const folder = room.endsWith("/*") ? `${room.slice(0, -1)}${path.split("/")[1]}` : room;
      const isInside = tested === room || tested.startsWith(`${folder}/`);
      if (!isInside || room.length <= fit) continue;
      found = { floor, room: folder };
      fit = room.length;
    }
  });
  if (found) return found;
  throw new RangeError(`${path} is in none of the rooms of src/lint/floors.ts: put it on a floor`);
}
