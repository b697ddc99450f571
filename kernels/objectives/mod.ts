/**
 * From log-probs to the upstream gradient of each log-prob: the weight function of an objective, with the sums it
 * needs, on the device. All arrays run over one update; a streaming objective calls `weighStates` once per
 * micro-batch, a response-scoped one once for the whole update.
 */

import {
  alignElements,
  type Backend,
  defineKernel,
  flatGrid,
  type KernelSpec,
  slice,
  type View,
} from "../backend.ts";
import common from "../prelude.wgsl" with { type: "text" };
import type { Span } from "./facts.ts";
import { byColumn, type Column, COLUMNS, type Need, type PlanTotals } from "./inputs.ts";
import { type PackedPlan, RECORDS } from "./pack.ts";
import prelude from "./prelude.wgsl" with { type: "text" };
import reduce from "./reduce.wgsl" with { type: "text" };
import {
  ABSENT,
  HYPER_NAMES,
  positionSumsOnHost,
  WEIGH_SCALARS,
  weighOnHost,
  type WeightFunction,
} from "./weigh.ts";
import { weighText } from "./weigh_text.ts";
import weighing from "./weigh.wgsl" with { type: "text" };

/** What a device must know of an objective: its weight function as WGSL and, for the CPU, as TypeScript. */
export interface WeightForm {
  readonly id: string;
  readonly scope: "token" | "state" | "response";
  readonly wgsl: string;
  /** Settings that become hyper[0], hyper[1], ...; at most 8. `weight` is given these and no others. */
  readonly wgslHyper: readonly string[];
  readonly weight: WeightFunction;
  /** Whether the weight needs the sums by position, and the power of their mass; response scope only. */
  readonly positionSums?: { power?(hyper: Readonly<Record<string, number>>): number };
}

/** Numbers that hold for a whole update. */
export interface WeightConstants {
  readonly hyper: Readonly<Record<string, number>>;
  readonly totals: PlanTotals;
}

/** Device arrays of one update; lengths are capacities. */
export interface PlanBuffers extends Readonly<Record<Column, View | null>> {
  readonly targets: View;
  readonly states: View;
  readonly responses: View;
  /** [targets] log-probs under the current model. */
  readonly logp: View;
  /**
   * Columns of [targets] that weights are computed from besides `logp`: COLUMNS of inputs.ts. Each is a part of this
   * buffer, or null where the objective does not need it; its difference, or the measure, is then 0.
   */
  readonly given: View;
  /** [states, 2] and [responses, 2]: differences to anchor and reference. */
  readonly sums: View;
  readonly means: View;
  /** [places] first target of each place, and [places, 3] sums by position; null where they are not needed. */
  readonly places: View | null;
  readonly positionSums: View | null;
  /** [targets] d loss / d logp = -weight. */
  readonly dlogp: View;
}

const SCOPES = ["token", "state", "response"] as const;

const stateSumsKernel = defineKernel({
  name: "objectives_state_sums",
  wgsl: [common, prelude, reduce],
  entry: "state_sums",
  buffers: {
    targets: "read",
    states: "read",
    logp: "read",
    given: "read",
    sums: "readwrite",
  },
  scalars: { first: "u32", count: "u32", anchor: "u32", reference: "u32" },
  grid: ({ count }) => flatGrid(Math.ceil(count / 64)),
});

const responseMeansKernel = defineKernel({
  name: "objectives_response_means",
  wgsl: [common, prelude, reduce],
  entry: "response_means",
  buffers: { responses: "read", sums: "read", means: "readwrite" },
  scalars: { count: "u32" },
  grid: ({ count }) => flatGrid(Math.ceil(count / 64)),
});

const positionSumsKernel = defineKernel({
  name: "objectives_position_sums",
  cpu: { run: positionSumsOnHost },
  wgsl: [common, prelude, reduce],
  entry: "position_sums",
  buffers: { places: "read", targets: "read", logp: "read", given: "read", positionSums: "readwrite" },
  scalars: { count: "u32", anchor: "u32", reference: "u32", power: "f32" },
  grid: ({ count }) => flatGrid(Math.ceil(count / 64)),
});

/** The kernel of an objective: its `weight` function between the prelude and the entry point. */
function buildWeightKernel({ id, wgsl, wgslHyper, weight }: WeightForm) {
  if (wgslHyper.length > HYPER_NAMES.length) {
    throw new RangeError(`${id}: ${wgslHyper.length} WGSL settings, at most ${HYPER_NAMES.length} fit`);
  }
  return defineKernel({
    name: `objectives_weigh_${id}`,
    cpu: { run: weighOnHost(weight, wgslHyper) },
    wgsl: [common, prelude, wgsl, weighText, weighing],
    entry: "weigh",
    buffers: {
      targets: "read",
      states: "read",
      logp: "read",
      given: "read",
      sums: "read",
      means: "read",
      positionSums: "read",
      dlogp: "readwrite",
    },
    scalars: WEIGH_SCALARS,
    grid: ({ count }) => flatGrid(Math.ceil(count / 64)),
  });
}

type WeightKernel = ReturnType<typeof buildWeightKernel>;
const kernels = new WeakMap<WeightForm, WeightKernel>();

/** The kernel of an objective, built once. @throws RangeError if it has too many WGSL settings. */
export function weightKernel(form: WeightForm): WeightKernel & KernelSpec {
  let kernel = kernels.get(form);
  if (!kernel) kernels.set(form, kernel = buildWeightKernel(form));
  return kernel;
}

/** Buffers for updates of at most the given sizes, with what the objective needs. */
export function allocatePlan(
  backend: Backend,
  { targets, states, responses }: { targets: number; states: number; responses: number },
  needs: Readonly<Record<Need, boolean>>,
): PlanBuffers {
  const needed = COLUMNS.filter(({ name }) => needs[name]), stride = alignElements(targets);
  const given = backend.allocate("given columns", stride * Math.max(1, needed.length));
  return {
    ...byColumn((column) =>
      needs[column.name] ? slice(given, needed.indexOf(column) * stride, targets) : null
    ),
    given,
    targets: backend.allocate("plan targets", targets * RECORDS.TargetFacts.words),
    states: backend.allocate("plan states", states * RECORDS.StateFacts.words),
    responses: backend.allocate("plan responses", responses * RECORDS.ResponseFacts.words),
    logp: backend.allocate("logp", targets),
    sums: backend.allocate("state sums", states * 2),
    means: backend.allocate("response means", responses * 2),
    // Places are pairs of response and position, at most as many as targets.
    places: needs.positions ? backend.allocate("places", targets) : null,
    positionSums: needs.positions
      ? backend.allocate("position sums", targets * RECORDS.PositionSums.words)
      : null,
    dlogp: backend.allocate("dlogp", targets),
  };
}

/** Frees what `allocatePlan` made. */
export function freePlan(
  backend: Backend,
  { targets, states, responses, logp, given, sums, means, places, positionSums, dlogp }: PlanBuffers,
): void {
  for (const view of [targets, states, responses, logp, given, sums, means, places, positionSums, dlogp]) {
    if (view) backend.free(view);
  }
}

/** Where the columns start in `given`. */
function columnStarts(buffers: Pick<PlanBuffers, "given" | Column>): Record<Column, number> {
  return byColumn(({ name }) => {
    const view = buffers[name];
    return view ? view.offset - buffers.given.offset : ABSENT;
  });
}

/** Uploads the facts of one update. @throws RangeError if it exceeds the capacity. */
export function writePlan(backend: Backend, buffers: PlanBuffers, plan: PackedPlan): void {
  backend.write(buffers.targets, plan.targets);
  backend.write(buffers.states, plan.states);
  backend.write(buffers.responses, plan.responses);
  if (buffers.places) backend.write(buffers.places, plan.places);
}

/** `sums[j] = sum_k u_k (logp_k - anchor_k)`, and the same to the reference, for a range of states. */
export function stateSums(
  backend: Backend,
  buffers: Omit<PlanBuffers, "responses" | "means" | "places" | "positionSums" | "dlogp">,
  range: Span,
): void {
  const { targets, states, logp, given, sums } = buffers;
  const { anchor, reference } = columnStarts(buffers);
  backend.run(stateSumsKernel, { targets, states, logp, given, sums }, { ...range, anchor, reference });
}

/** `means[g]` = mean of `sums` over the states of response g, for the first `count` responses. */
export function responseMeans(
  backend: Backend,
  { responses, sums, means }: Pick<PlanBuffers, "responses" | "sums" | "means">,
  { count }: { count: number },
): void {
  backend.run(responseMeansKernel, { responses, sums, means }, { count });
}

/**
 * Sums over the targets of each of the first `count` places: differences to anchor and reference with their units,
 * and the log of the mass sum_k u_k p_k^power.
 */
export function positionSums(
  backend: Backend,
  buffers: Pick<PlanBuffers, "targets" | "logp" | "given" | Column> & Record<"places" | "positionSums", View>,
  { count, power }: { count: number; power: number },
): void {
  const { places, targets, logp, given, positionSums } = buffers;
  const { anchor, reference } = columnStarts(buffers);
  backend.run(
    positionSumsKernel,
    { places, targets, logp, given, positionSums },
    { count, anchor, reference, power },
  );
}

/**
 * `dlogp[k] = -weight` for a range of targets. Reads `sums` and `means` as far as the scope needs them.
 * @throws TypeError if a setting that the kernel reads is missing
 */
export function weigh(
  backend: Backend,
  form: WeightForm,
  buffers: Omit<PlanBuffers, "responses" | "places">,
  { first, count }: Span,
  { hyper, totals }: WeightConstants,
): void {
  const settings = Object.fromEntries(HYPER_NAMES.map((name) => [name, 0])) as Record<
    typeof HYPER_NAMES[number],
    number
  >;
  form.wgslHyper.forEach((name, i) => {
    const value = hyper[name];
    if (value === undefined) throw new TypeError(`${form.id}: the setting "${name}" has no value`);
    settings[HYPER_NAMES[i]!] = value;
  });
  const { targets, states, logp, given, sums, means, dlogp } = buffers;
  // Unread where the objective does not ask for it; any view takes its place.
  const positionSums = buffers.positionSums ?? given;
  backend.run(
    weightKernel(form),
    { targets, states, logp, given, sums, means, positionSums, dlogp },
    {
      first,
      count,
      scope: SCOPES.indexOf(form.scope),
      byPosition: buffers.positionSums ? 1 : 0,
      ...columnStarts(buffers),
      ...totals,
      ...settings,
    },
  );
}

/**
 * d loss / d logp of the targets of a range of states, with whatever sums the scope needs.
 * @throws RangeError for a response-scoped objective unless the range is the whole update
 */
export function weighStates(
  backend: Backend,
  form: WeightForm,
  buffers: PlanBuffers,
  plan: PackedPlan,
  range: Span,
  constants: WeightConstants,
): void {
  const { states, responses } = constants.totals;
  if (form.scope === "response" && (range.first !== 0 || range.count !== states)) {
    throw new RangeError(
      `${form.id} needs all states of a response: expected the range of all ${states} states, found ` +
        `${range.count} from ${range.first}`,
    );
  }
  const first = plan.firstTarget[range.first]!;
  const count = plan.firstTarget[range.first + range.count]! - first;
  if (count === 0) return;
  if (form.scope !== "token") stateSums(backend, buffers, range);
  if (form.scope === "response") responseMeans(backend, buffers, { count: responses });
  if (form.positionSums) {
    const { places, positionSums: sums } = buffers;
    if (form.scope !== "response" || !places || !sums) {
      throw new TypeError(`${form.id}: sums by position need response scope and buffers for them`);
    }
    const power = form.positionSums.power?.(constants.hyper) ?? 0;
    positionSums(backend, { ...buffers, places, positionSums: sums }, {
      count: constants.totals.positions,
      power,
    });
  }
  weigh(backend, form, buffers, { first, count }, constants);
}
