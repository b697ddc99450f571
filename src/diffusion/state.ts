/** A partly masked response whose log-probs an objective asks for. Plain data: old, reference and current passes share it. */
export interface State {
  /** Index of the response in the batch. */
  readonly response: number;
  /** Prompt and partly masked response, as the model sees it. */
  readonly inputIds: Uint32Array;
  /** Scored positions, absolute in `inputIds`, ascending. May be empty. */
  readonly positions: Uint32Array;
  /** Token whose log-prob is scored at each position. */
  readonly targets: Uint32Array;
  /** Weight u of each target in the state's estimate `l = sum_k u_k logp_k`: L/l or 1/t for an ELBO sample, 1 for a step. */
  readonly units: Float64Array;
  /** Denoising step that the state stands before, of a state on the rollout's own path. */
  readonly step?: number;
  /** Place among the chosen states of its response: advantages paid per state compare states of equal rank. */
  readonly rank?: number;
}
