/** What is wrong between files: circles, imports from above, and exports that nobody uses. */

import { isForTests, placeOf } from "./floors.ts";
import type { Module } from "./module.ts";

/** Imports of one another by turns, each circle once, with the line that closes it. */
export function circles(modules: readonly Module[]): string[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const found: string[] = [], done = new Set<string>(), open: string[] = [];
  const visit = ({ path, imports }: Module) => {
    open.push(path);
    for (const { target, line } of imports) {
      const at = open.indexOf(target), module = byPath.get(target);
      if (at >= 0) {
        found.push(`${path}:${line}: imports in a circle: ${[...open.slice(at), target].join(" -> ")}`);
      } else if (module && !done.has(target)) visit(module);
    }
    open.pop();
    done.add(path);
  };
  for (const module of modules) if (!done.has(module.path)) visit(module);
  return found;
}

/** Imports from a room above or beside. What tests share may be used by tests of any room, and by nothing else. */
export function importsFromAbove(modules: readonly Module[]): string[] {
  const paths = new Set(modules.map(({ path }) => path));
  return modules.flatMap(({ path, imports }) => {
    const own = placeOf(path);
    return imports.filter(({ target }) => paths.has(target)).flatMap(({ target, line }) => {
      if (isForTests(target)) {
        return isForTests(path) ? [] : [`${path}:${line}: imports ${target}, which is there for tests`];
      }
      const other = placeOf(target);
      if (other.room === own.room || other.floor > own.floor) return [];
      const where = other.floor === own.floor ? "beside" : "above";
      return [
        `${path}:${line}: imports ${target}, which stands ${where} it: ${other.room} is not below ${own.room}`,
      ];
    });
  });
}

/**
 * Exports that no other file names. A type that its own file needs to say what it exports counts as used.
 * @param intended reasons by "path name": exports that are there for others
 */
export function deadExports(
  modules: readonly Module[],
  intended: Readonly<Record<string, string>>,
): string[] {
  const used = new Map<string, Set<string>>();
  for (const { imports } of modules) {
    for (const { target, names } of imports) {
      const known = used.get(target) ?? new Set();
      used.set(target, known);
      for (const name of names) known.add(name);
    }
  }
  const dead = (path: string, name: string) => !used.get(path)?.has(name) && !used.get(path)?.has("*");
  const findings = modules.flatMap(({ path, exports }) =>
    exports.filter(({ name, isNeeded }) =>
      !isNeeded && dead(path, name) && intended[`${path} ${name}`] === undefined
    ).map(({ name, line }) => `${path}:${line}: exports ${name}, which no other file imports`)
  );
  const alive = Object.keys(intended).filter((key) => {
    const [path, name] = key.split(" ") as [string, string];
    const module = modules.find((each) => each.path === path);
    return !module?.exports.some((each) => each.name === name) || !dead(path, name);
  });
  return [
    ...findings,
    ...alive.map((key) => `src/lint/intended.ts: ${key} is used or gone; take it off the list`),
  ];
}
