/** Small drawings inside cells, of few bytes, as a site has ten thousands. Colours and sizes come from the stylesheet. */

import type { Interval } from "../../statistics/intervals.ts";

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
    <svg class="interval" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path class="track" d={`M2 6H${WIDTH - 2}`} />
      {reference !== null && <path class="zero" d={`M${x(reference)} 1v10`} />}
      <path class="whisker" d={`M${x(interval[0])} 6H${x(interval[1])}`} />
      <circle class="point" cx={x(value)} cy="6" r="2.5" />
    </svg>
  );
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
    <svg class="curve" viewBox={`0 0 ${WIDTH} 22`} aria-hidden="true">
      <path class="track" d={`M1 21H${WIDTH - 1}`} />
      <polyline points={pieces.join(" ")} />
    </svg>
  );
}
