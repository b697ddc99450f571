/** Small drawings inside cells. Colours come from the stylesheet. */

import type { Interval } from "../statistics/intervals.ts";

const WIDTH = 96, HEIGHT = 12;

/** Two decimals: far below a pixel, and the same on every machine. */
function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** A value and its 95 % interval on a range, with a tick at the reference. */
export function IntervalBar({ value, interval, range: [low, high], reference }: {
  value: number;
  interval: Interval;
  range: Interval;
  reference: number | null;
}) {
  const x = (at: number) =>
    coordinate(2 + (WIDTH - 4) * Math.min(1, Math.max(0, (at - low) / (high - low || 1))));
  return (
    <svg class="interval" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line class="track" x1="2" x2={WIDTH - 2} y1="6" y2="6" />
      {reference !== null && <line class="zero" x1={x(reference)} x2={x(reference)} y1="1" y2="11" />}
      <line class="whisker" x1={x(interval[0])} x2={x(interval[1])} y1="6" y2="6" />
      <circle class="point" cx={x(value)} cy="6" r="2.5" />
    </svg>
  );
}

/** The smallest range in tenths that holds all values: bars on it can be compared, and intervals can be seen. */
export function rangeOf(values: readonly number[]): Interval {
  if (values.length === 0) return [0, 1];
  return [Math.floor(10 * Math.min(...values)) / 10, Math.ceil(10 * Math.max(...values)) / 10];
}

/** A curve of shares, without axes: its table or page has the numbers. */
export function Curve({ values }: { values: readonly (number | null)[] }) {
  const last = Math.max(1, values.length - 1);
  const pieces = values.map((value, i) =>
    value === null
      ? ""
      : `${coordinate(1 + (WIDTH - 2) * i / last)},${coordinate(21 - 20 * Math.min(1, Math.max(0, value)))}`
  ).filter(Boolean);
  return (
    <svg class="curve" viewBox={`0 0 ${WIDTH} 22`} width={WIDTH} height={22} aria-hidden="true">
      <line class="track" x1="1" x2={WIDTH - 1} y1="21" y2="21" />
      <polyline points={pieces.join(" ")} />
    </svg>
  );
}
