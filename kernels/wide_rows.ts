/** When a reduction over a row of logits is worth a workgroup of its own on a GPU (row_tree.wgsl). */

/**
 * Vocabularies from here on have a workgroup per row: one invocation would walk through 16 loads for each of 256, and
 * a batch has too few rows to fill a GPU with an invocation each. Below, the barriers of a tree cost more than they save.
 */
const WIDE_VOCAB = 4096;

/** Which form a kernel over rows of logits has; a function of the shape alone, and of no consequence on the CPU. */
export type RowForm = "narrow" | "wide";

/** The form for a vocabulary. */
export function rowForm(vocab: number): RowForm {
  return vocab >= WIDE_VOCAB ? "wide" : "narrow";
}

/** The same kernel in both forms. */
export function inBothForms<K>(define: (form: RowForm) => K): Readonly<Record<RowForm, K>> {
  return { narrow: define("narrow"), wide: define("wide") };
}
