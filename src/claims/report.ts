/**
 * Reports of claims as files that depend on the measurements alone: `<id>.json` for programs, `<id>.md` with tables
 * and figures for readers, `<id>-<figure>.svg`, and an index. Reports that contain times vary from run to run: they
 * lie in the folder `timed`, with an index of their own.
 */

import { z } from "zod";
import { canonicalJson } from "../files/canonical_json.ts";
import { compactMarkdown } from "../tables/markdown.ts";
import type { Claim, Figure, Reading } from "./claim.ts";
import type { Profile } from "./profile.ts";
import { checkText, outcomeOf, verdictLine, verdictOf } from "./verdict.ts";

const outcome = z.enum(["reproduced", "not reproduced", "not decidable at this scale"]);
/** Numbers beyond the finite ones as text. */
const number = z.union([z.number(), z.enum(["Infinity", "-Infinity", "NaN"])]);

/** `<id>.json`. */
export const claimReportSchema = z.strictObject({
  schema: z.literal(1),
  id: z.string(),
  group: z.enum(["bgpo", "egspo", "dppo", "gradients"]),
  title: z.string(),
  paper: z.string(),
  statement: z.string(),
  method: z.string(),
  /** Which sizes: `full`, or `tiny`, whose verdicts mean nothing. */
  scale: z.string(),
  suite: z.strictObject({ id: z.string(), version: z.int(), identity: z.string() }),
  outcome,
  /** The line that the claim ends in. */
  verdict: z.string(),
  checks: z.array(z.strictObject({
    what: z.string(),
    estimate: number,
    /** 95 %; equal ends for a number that is counted or exact; null where its spread is not known. */
    interval: z.tuple([number, number]).nullable(),
    /** Where the claim says it lies, the ends not included; null for an open end. */
    within: z.tuple([z.number().nullable(), z.number().nullable()]),
    outcome,
  })).min(1),
  notes: z.array(z.string()),
  figures: z.array(z.strictObject({ file: z.string(), caption: z.string() })),
  /** What figures and tables show; its form is the claim's own. */
  data: z.unknown(),
});

export type ClaimReport = z.infer<typeof claimReportSchema>;

/** A claim with what was read from its measurements. */
export interface ReadClaim {
  readonly claim: Claim;
  readonly reading: Reading;
}

/** Files by path below the output folder. */
export type ReportFiles = Readonly<Record<string, string>>;

/** Folder of the reports of a claim below the output folder, with a slash at its end. */
function reportFolder({ timed }: Pick<Claim, "timed">): string {
  return timed ? "timed/" : "";
}

/** The files of one claim. */
export function reportFiles(
  { claim, reading }: ReadClaim,
  profile: Profile,
  suite: ClaimReport["suite"],
): ReportFiles {
  const folder = reportFolder(claim), report = reportOf(claim, reading, profile, suite);
  return {
    [`${folder}${claim.id}.json`]: canonicalJson(report),
    [`${folder}${claim.id}.md`]: markdown(report, reading),
    ...Object.fromEntries(
      reading.figures.map((figure) => [folder + figureFile(claim, figure), figure.svg()]),
    ),
  };
}

/**
 * `CLAIMS.md` of both folders: one line for each claim that has a report of these sizes.
 * @param reportOf the JSON of a claim's report by its path, or null where there is none
 */
export function indexFiles(
  claims: readonly Claim[],
  profile: Profile,
  reportOf: (path: string) => string | null,
): ReportFiles {
  const files: Record<string, string> = {};
  for (const timed of [false, true]) {
    const reports = claims.filter((claim) => Boolean(claim.timed) === timed).flatMap((claim) => {
      const text = reportOf(`${reportFolder(claim)}${claim.id}.json`);
      const report = text === null ? null : claimReportSchema.safeParse(JSON.parse(text)).data;
      return report?.scale === profile.name ? [report] : [];
    });
    if (reports.length > 0) files[`${timed ? "timed/" : ""}CLAIMS.md`] = index(reports, timed);
  }
  return files;
}

function figureFile({ id }: Pick<Claim, "id">, { name }: Figure): string {
  return `${id}-${name}.svg`;
}

function reportOf(
  claim: Claim,
  { checks, notes, figures, data }: Reading,
  profile: Profile,
  suite: ClaimReport["suite"],
): ClaimReport {
  const { id, group, title, paper, statement, method } = claim;
  return claimReportSchema.parse({
    schema: 1,
    id,
    group,
    title,
    paper,
    statement,
    method,
    scale: profile.name,
    suite,
    outcome: verdictOf(checks),
    verdict: verdictLine(checks),
    checks: checks.map((check) => ({
      what: check.what,
      estimate: asJson(check.estimate),
      interval: check.interval && check.interval.map(asJson),
      within: check.within,
      outcome: outcomeOf(check),
    })),
    notes: [...notes],
    figures: figures.map((figure) => ({ file: figureFile(claim, figure), caption: figure.caption })),
    data,
  });
}

function asJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function markdown(report: ClaimReport, { checks, tables, figures }: Reading): string {
  const parts = [
    `# ${report.title}`,
    `**${report.outcome}**`,
    `Claim (${report.paper}): ${report.statement}`,
    `Here: ${report.method}`,
    ...(report.scale === "full" ? [] : [`Sizes: ${report.scale}. The verdict means nothing at these sizes.`]),
    checks.map((check) => `- ${checkText(check)}`).join("\n"),
    ...figures.map((figure) =>
      `![${line(figure.caption)}](${figureFile(report, figure)})\n\n${line(figure.caption)}`
    ),
    ...tables.map(compactMarkdown),
    ...(report.notes.length > 0 ? [report.notes.map((note) => `- ${note}`).join("\n")] : []),
    `Suite ${report.suite.id}@${report.suite.version}, \`deno task claims --only ${report.group}\`. ` +
    `Numbers: [${report.id}.json](${report.id}.json).`,
  ];
  return parts.join("\n\n") + "\n";
}

function line(text: string): string {
  return text.replaceAll("\n", " ");
}

/** One line per claim, by group. */
function index(reports: readonly ClaimReport[], timed: boolean): string {
  const groups = [...new Set(reports.map(({ group }) => group))];
  return [
    timed ? "# Claims that depend on time" : "# Claims of the papers, measured at small scale",
    "A claim is reproduced when the 95 % intervals of all its checks lie inside the claimed ranges, not reproduced " +
    "when one lies outside, and otherwise not decidable at this scale.",
    ...groups.map((group) =>
      [
        `## ${group}`,
        "",
        ...reports.filter((report) => report.group === group).map(({ id, title, verdict }) =>
          `- [${title}](${id}.md): ${verdict}`
        ),
      ].join("\n")
    ),
  ].join("\n\n") + "\n";
}
