/** What the objectives that score completions share: their draws, and the fully masked response. */

import { type RandomSequence, randomSequence } from "../../kernels/philox/random.ts";
import { drawIndependently, everyPosition, partlyScoredState } from "../diffusion/forward_process.ts";
import type { Trajectory } from "../diffusion/trajectory.ts";
import type { PlanRequest } from "./objective.ts";
import type { State } from "../diffusion/state.ts";

/** One response of a plan, with draws that depend neither on its batch peers nor on other rollouts. */
export interface PlannedResponse {
  readonly index: number;
  readonly response: Trajectory;
  /** Tokens up to and including the first end token. */
  readonly completionLength: number;
  readonly maskId: number;
  /** Draws of this inner update, and draws that all inner updates over the rollout share. */
  readonly draws: RandomSequence;
  readonly shared: RandomSequence;
}

/** The states of every response, in response order. */
export function statesOfEach(request: PlanRequest, states: (planned: PlannedResponse) => State[]): State[] {
  const { trajectories, completionLengths, step, innerUpdate, maskId, random } = request;
  return trajectories.flatMap((response, index) =>
    states({
      index,
      response,
      completionLength: completionLengths[index]!,
      maskId,
      draws: randomSequence(random, step, index, innerUpdate + 1),
      shared: randomSequence(random, step, index, 0),
    })
  );
}

/**
 * The state with every response token masked and the completion scored, u = 1: one-step estimates of token
 * log-probs (d1, arXiv 2504.12216).
 * @param promptMaskRatio probability with which each prompt token is masked
 */
export function fullyMaskedState(
  { index, response, completionLength, maskId, draws }: PlannedResponse,
  promptMaskRatio: number,
): State {
  const prompt = drawIndependently(response.prompt.length, promptMaskRatio, draws);
  const masked = everyPosition(response.tokens.length), scored = everyPosition(completionLength);
  return partlyScoredState({ index, response, maskId }, { masked, scored, prompt }, 1);
}
