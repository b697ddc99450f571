/** Lets signals, messages and timers in between the steps of a backend that computes on this very thread. */
export function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
