/** Scales: numbers to pixels, and the ticks between. Logarithms are our own, so figures are equal on every machine. */

import { log } from "../../kernels/math/elementary.ts";

export type ScaleKind = "linear" | "log2" | "log10";

/** One axis of a figure. */
export interface Axis {
  /** What is measured, with its unit: "peak memory (MB)". */
  readonly label: string;
  /** Default "linear". A logarithmic axis shows positive numbers only. */
  readonly scale?: ScaleKind;
  /** What the axis covers at least; default: the data. */
  readonly include?: readonly number[];
  /** Exact ticks instead of chosen ones. */
  readonly ticks?: readonly number[];
}

export interface Scale {
  readonly ticks: readonly number[];
  /** Pixel of a value. */
  at(value: number): number;
}

const TICKS = 5;

/**
 * The scale of an axis from `start` to `end` (pixels, either may be the larger) that shows `values` and what the
 * axis includes.
 * @throws RangeError for no values, one that is not finite, or one that is not positive on a logarithmic axis
 */
export function scaleOf(
  axis: Axis,
  values: readonly number[],
  [start, end]: readonly [number, number],
): Scale {
  const kind = axis.scale ?? "linear";
  const shown = [...values, ...axis.include ?? [], ...axis.ticks ?? []];
  if (shown.length === 0) throw new RangeError(`axis "${axis.label}" has nothing to show`);
  for (const value of shown) {
    if (Number.isFinite(value) && (kind === "linear" || value > 0)) continue;
    const expected = kind === "linear" ? "a finite number" : "a positive number";
    throw new RangeError(`axis "${axis.label}": expected ${expected}, found ${value}`);
  }
  const low = Math.min(...shown), high = Math.max(...shown);
  const { ticks, domain } = kind === "linear" ? linearTicks(low, high) : logTicks(low, high, kind);
  const place = kind === "linear" ? (value: number) => value : log;
  const from = place(domain[0]), to = place(domain[1]);
  const at = (value: number) => start + (end - start) * (place(value) - from) / (to - from);
  return { ticks: axis.ticks ?? ticks, at };
}

interface Ticks {
  readonly ticks: number[];
  readonly domain: readonly [number, number];
}

/** Multiples of 1, 2 or 5 times a power of ten, around the data. */
function linearTicks(low: number, high: number): Ticks {
  const span = high > low ? high - low : Math.abs(high) || 1;
  const rough = span / TICKS;
  let power = 1;
  while (power > rough) power /= 10;
  while (power * 10 <= rough) power *= 10;
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.floor(low / step + 1e-9), last = Math.max(Math.ceil(high / step - 1e-9), first + 1);
  // Twelve digits drop what binary fractions add.
  const ticks = Array.from(
    { length: last - first + 1 },
    (_, i) => Number(((first + i) * step).toPrecision(12)),
  );
  return { ticks, domain: [ticks[0]!, ticks.at(-1)!] };
}

/** Powers of the base, thinned out where there are many; the domain ends at the data. */
function logTicks(low: number, high: number, kind: "log2" | "log10"): Ticks {
  const base = kind === "log2" ? 2 : 10;
  const powers: number[] = [];
  const exponent = (value: number) => log(value) / log(base);
  const first = Math.floor(exponent(low) + 1e-9), last = Math.ceil(exponent(high) - 1e-9);
  for (let e = first; e <= Math.max(last, first + 1); e++) {
    powers.push(power(base, e));
  }
  const every = Math.ceil(powers.length / 8);
  return { ticks: powers.filter((_, i) => i % every === 0), domain: [powers[0]!, powers.at(-1)!] };
}

/** base^exponent by repeated multiplication: exact where the result is. */
function power(base: number, exponent: number): number {
  let result = 1;
  for (let i = 0; i < Math.abs(exponent); i++) result *= base;
  return exponent < 0 ? 1 / result : result;
}

/** A number for people: four significant digits, and an exponent where zeros would hide them. */
export function formatNumber(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return String(value === 0 ? 0 : value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-3) {
    const [digits, exponent] = value.toExponential(2).split("e");
    return `${Number(digits)}e${Number(exponent)}`;
  }
  return String(Number(value.toPrecision(4)));
}
