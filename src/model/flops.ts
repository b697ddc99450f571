/** What a forward pass costs, from the sizes of a model: the unit that budgets are counted in. */

import type { ModelConfig } from "./config.ts";
import { keyValueWidth, queryWidth } from "./parameters.ts";

/**
 * Floating-point operations of one sequence's forward pass: twice the multiply-adds of its matrix products and of
 * its attention scores and mixtures. A backward pass counts as two forward passes.
 * @param sequence tokens of the prompt and the response
 * @param targets positions whose logits are computed
 */
export function forwardFlops(config: ModelConfig, sequence: number, targets: number): number {
  const { dim, layers, hidden, vocab } = config;
  const attended = queryWidth(config);
  const perToken = dim * (2 * attended + keyValueWidth(config)) + 3 * dim * hidden + 2 * sequence * attended;
  return 2 * (layers * sequence * perToken + targets * dim * vocab);
}
