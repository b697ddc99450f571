/** What a rollout leaves behind for one response. */

export interface Trajectory {
  readonly prompt: Uint32Array;
  /** The finished response, always full length. */
  readonly tokens: Uint32Array;
  /** Denoising step, from 0, at which each position was revealed. */
  readonly revealStep: Uint32Array;
  /** Log-prob at temperature 1 of each token in the state where it was revealed. */
  readonly logp: Float32Array;
  /** Entropy in nats of the distribution each token was revealed from. */
  readonly entropy: Float32Array;
  /** On request: argmax of every position at every step, [steps, length]; at revealed positions the token itself. */
  readonly greedy?: Uint32Array;
  /** On request: the K most likely tokens where each token was revealed, [length, K], descending, ties lowest id. */
  readonly topTokens?: Uint32Array;
  readonly topLogp?: Float32Array;
  /**
   * On request: the token drawn at every masked position of the block at every step, those that remasking discards
   * included, [steps, length]; the mask token at all other positions.
   */
  readonly proposed?: Uint32Array;
}
