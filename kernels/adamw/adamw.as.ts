// One AdamW step, in place; formulas and guard as in adamw.wgsl. Bytes moved: 32 per parameter.

import { madd, store_tail } from "../wasm/vector.as";

export function adamw_step(
  parameters: usize,
  gradients: usize,
  m: usize,
  v: usize,
  stats: usize,
  length: u32,
  decayLength: u32,
  keep: f32,
  keep1d: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  stepSize: f32,
  rootCorrection2: f32,
  epsilon: f32,
  maxGradNorm: f32,
): void {
  if (load<u32>(stats, 4) == 0) {
    const clip = maxGradNorm > 0 ? min<f32>(1, maxGradNorm / (load<f32>(stats) + <f32> 1e-6)) : <f32> 1;
    const clip4 = f32x4.splat(clip);
    const beta1x4 = f32x4.splat(beta1), rest1x4 = f32x4.splat(rest1);
    const beta2x4 = f32x4.splat(beta2), rest2x4 = f32x4.splat(rest2);
    const step = f32x4.splat(stepSize), root = f32x4.splat(rootCorrection2), floor = f32x4.splat(epsilon);
    let element = i32x4(0, 1, 2, 3);
    for (let i: u32 = 0; i < length; i += 4) {
      const at: usize = i << 2;
      const decays = i32x4.lt_u(element, i32x4.splat(decayLength));
      const kept = v128.bitselect(f32x4.splat(keep), f32x4.splat(keep1d), decays);
      const g = f32x4.mul(v128.load(gradients + at), clip4);
      const nextM = madd(rest1x4, g, f32x4.mul(beta1x4, v128.load(m + at)));
      const nextV = madd(rest2x4, f32x4.mul(g, g), f32x4.mul(beta2x4, v128.load(v + at)));
      const scale = f32x4.add(f32x4.div(f32x4.sqrt(nextV), root), floor);
      const next = f32x4.sub(
        f32x4.mul(kept, v128.load(parameters + at)),
        f32x4.div(f32x4.mul(step, nextM), scale),
      );
      if (length - i >= 4) {
        v128.store(parameters + at, next);
        v128.store(m + at, nextM);
        v128.store(v + at, nextV);
      } else {
        store_tail(parameters + at, next, length - i);
        store_tail(m + at, nextM, length - i);
        store_tail(v + at, nextV, length - i);
      }
      element = i32x4.add(element, i32x4.splat(4));
    }
  }
  memory.fill(gradients, 0, <usize> length << 2);
}
