/**
 * Progress of long work, in one of three forms: a bar on a terminal, plain lines elsewhere, JSON lines for
 * programs. It is display only: no result depends on it or on the clock it reads.
 */

import process from "node:process";
// @ts-types="./cli_progress.d.ts"
import cliProgress from "cli-progress";

export interface Progress {
  /**
   * Shows how far the work is. The first call is where it starts, which is not 0 when it is resumed.
   * @param note current figures in a few words, such as "reward 0.412"
   */
  update(done: number, total: number, note?: string): void;
  /** Shows a line that stays, above the display. */
  line(text: string): void;
  /** Ends the display, with one line where there is something to say. Call it also when the work fails. */
  done(summary?: string): void;
}

/** How fast the work goes. */
export interface Pace {
  /** Units per second since the first update; null before the second one. */
  readonly rate: number | null;
  /** Seconds left at that rate. */
  readonly remaining: number | null;
}

export interface ProgressOptions {
  /** What is being worked on. */
  readonly label: string;
  /** What is counted, in the plural: "steps". */
  readonly unit: string;
  /** Milliseconds on a clock that never goes back. */
  readonly clock?: () => number;
}

/** Where text goes; the bar needs the width of the terminal. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Milliseconds, and share of the total, after which plain and JSON lines are repeated. */
const LINE_INTERVAL = 5000;
const LINE_SHARE = 0.1;

/** A function that turns each update into the pace so far. */
function pacer(clock: () => number): (done: number, total: number) => Pace {
  let start: { time: number; done: number } | null = null, before = 0;
  return (done, total) => {
    const time = clock();
    // Less than before: another piece of work begins, with a pace of its own.
    if (start === null || done < before) start = { time, done };
    before = done;
    const seconds = (time - start.time) / 1000, units = done - start.done;
    if (seconds <= 0 || units <= 0) return { rate: null, remaining: null };
    const rate = units / seconds;
    return { rate, remaining: (total - done) / rate };
  };
}

/** "12.3 steps/s", or "8.1 s/step" where a single one takes more than a second. */
export function formatRate(rate: number | null, unit: string): string {
  if (rate === null) return `- ${unit}/s`;
  // toPrecision(3) of a larger number has an exponent.
  return rate >= 1
    ? `${rate >= 100 ? Math.round(rate) : rate.toPrecision(3)} ${unit}/s`
    : `${(1 / rate).toPrecision(3)} s/${unit.replace(/s$/, "")}`;
}

/** "1:05", "2:03:04", or "-" when it is not known. */
export function formatDuration(seconds: number | null): string {
  if (seconds === null) return "-";
  const total = Math.max(0, Math.round(seconds));
  const pad = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(total / 60), hours = Math.floor(minutes / 60);
  if (hours === 0) return `${minutes}:${pad(total % 60)}`;
  return `${hours}:${pad(minutes % 60)}:${pad(total % 60)}`;
}

/** Moves to the start of the terminal's line and empties it; the bar is drawn again at its next update. */
const ERASE_LINE = "\r\x1b[2K";

/** A bar with rate, time left and note, redrawn in place; `done` replaces it by the summary. */
export function terminalProgress(output: Output, options: ProgressOptions): Progress {
  const { label, unit, clock = () => performance.now() } = options;
  const pace = pacer(clock);
  const bar = new cliProgress.SingleBar({
    // What matters most comes first: the end is cut off on a narrow terminal.
    format: "{label} [{bar}] {percentage} %, {rate}, ETA {remaining}{note}",
    stream: output,
    barsize: 14,
    clearOnComplete: true,
    // The library would switch line wrapping off, and a killed process leave it so.
    linewrap: true,
  });
  // At its end the library returns to the line where the bar started; by then another one may stand there.
  bar.terminal.cursorRestore = () => {};
  let started = false;
  return {
    update(done, total, note) {
      const { rate, remaining } = pace(done, total);
      const payload = {
        label,
        rate: formatRate(rate, unit),
        remaining: formatDuration(remaining),
        note: note ? `, ${note}` : "",
      };
      if (!started) bar.start(total, done, payload);
      started = true;
      bar.setTotal(total);
      bar.update(done, payload);
    },
    line: (text) => void output.write(`${started ? ERASE_LINE : ""}${text}\n`),
    done(summary) {
      if (started) bar.stop();
      if (summary !== undefined) output.write(`${summary}\n`);
    },
  };
}

/** Calls `show` for the first and the last update, and every few seconds or tenth of the work in between. */
function throttled(
  clock: () => number,
  show: (done: number, total: number, note: string | undefined, pace: Pace) => void,
): Progress["update"] {
  const pace = pacer(clock);
  let shown: { time: number; done: number } | null = null;
  return (done, total, note) => {
    const time = clock(), current = pace(done, total);
    const due = shown === null || done >= total || time - shown.time >= LINE_INTERVAL ||
      done - shown.done >= LINE_SHARE * total;
    if (!due || done === shown?.done) return;
    shown = { time, done };
    show(done, total, note, current);
  };
}

/** A line of text now and then. */
export function lineProgress(output: Output, options: ProgressOptions): Progress {
  const { label, unit, clock = () => performance.now() } = options;
  return {
    update: throttled(clock, (done, total, note, { rate, remaining }) => {
      const percent = total > 0 ? Math.floor((100 * done) / total) : 100;
      const parts = [
        `${done}/${total} ${unit} (${percent} %)`,
        formatRate(rate, unit),
        `ETA ${formatDuration(remaining)}`,
        ...(note ? [note] : []),
      ];
      output.write(`${label}: ${parts.join(", ")}\n`);
    }),
    line: (text) => void output.write(`${text}\n`),
    done(summary) {
      if (summary !== undefined) output.write(`${summary}\n`);
    },
  };
}

/** One JSON object per line: `{"event": "progress", ...}` now and then, `{"event": "done", ...}` at the end. */
export function jsonProgress(output: Output, options: ProgressOptions): Progress {
  const { label, unit, clock = () => performance.now() } = options;
  const line = (record: Record<string, unknown>) => void output.write(`${JSON.stringify(record)}\n`);
  return {
    update: throttled(clock, (done, total, note, { rate, remaining }) => {
      line({ event: "progress", label, done, total, unit, rate, remaining, note: note ?? null });
    }),
    line: (text) => line({ event: "note", label, text }),
    done(summary) {
      if (summary !== undefined) line({ event: "done", label, summary });
    },
  };
}

/** The form that fits: JSON lines on stdout if asked for, else a bar or plain lines on stderr. */
export function openProgress(options: ProgressOptions & { readonly json: boolean }): Progress {
  if (options.json) return jsonProgress(process.stdout, options);
  const render = process.stderr.isTTY ? terminalProgress : lineProgress;
  return render(process.stderr, options);
}
