/** The part of cli-progress 3.12.0 that this project uses; the package has no types of its own. */

interface BarStream {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

interface BarOptions {
  /** Text with `{name}` for the bar's own values and for those of the payload. */
  format: string;
  stream: BarStream;
  barsize?: number;
  clearOnComplete?: boolean;
  linewrap?: boolean;
}

declare class SingleBar {
  readonly terminal: { cursorRestore(): void };
  constructor(options: BarOptions);
  start(total: number, done: number, payload: Record<string, string>): void;
  setTotal(total: number): void;
  update(done: number, payload: Record<string, string>): void;
  stop(): void;
}

declare const cliProgress: { SingleBar: typeof SingleBar };
export default cliProgress;
