/** The check `plan`: what would change, in words and as diffs, and what is wrong with it. */
import { formatBytes } from "../../../operator/text/bytes.ts";
import { printable } from "../../../operator/text/printable.ts";
import type { Problem } from "../../constitution/documents/problem.ts";
import type { Verdict } from "../../constitution/verdict.ts";
import type { CheckReport } from "../../forges/forge.ts";
import { objectTitle } from "../../policy/policy.ts";
import type { ModelFacts, ObjectPlan, ProposalPlan } from "../plan.ts";
import { fencedCut, joined, list } from "./blocks.ts";
import type { ReportInput } from "./input.ts";
import { code, prose } from "./markdown.ts";
import { notices, titleCharsMax } from "./vote-check.ts";

/** GitHub takes so many in one call. */
export const annotationsMax = 50;
/** Of one object's diff; a large one must not push the others out. */
const diffCharsMax = 6_000;
const messageCharsMax = 1_000;

export function planCheck(input: ReportInput): CheckReport {
  const { plan, conflicts } = input;
  if (conflicts) return conflictCheck(input, conflicts);
  if (!plan) return unplanned(input);
  const { problems } = plan;
  const refused = plan.objects.filter(({ refusal }) => refusal !== undefined);
  const state = problems.length + refused.length > 0 ? "failure" : "success";
  const blocks = [
    ...notices(input),
    ...problemBlocks(problems),
    ...refusalBlocks(refused),
    ...(problems.length > 0
      ? []
      : [...changeBlocks(input, plan), ...modelBlocks(plan.models), ...capacityBlocks(plan.capacity)]),
    ...plan.objects.flatMap(diffBlocks),
  ];
  const annotations = problems.slice(0, annotationsMax).map(annotationOf);
  return { state, title: titleOf(plan, input.verdict, refused), summary: joined(blocks), annotations };
}

function conflictCheck(input: ReportInput, conflicts: readonly string[]): CheckReport {
  const lines = list(conflicts.map((path) => code(path)));
  const words = "It conflicts with the policy branch: merge or rebase onto it, and push.";
  const summary = joined([...notices(input), words, ...(conflicts.length > 0 ? [lines] : [])]);
  const title = conflicts.length > 0 ? `Conflicts in ${counted(conflicts.length, "file")}` : "Cannot be merged";
  return { state: "failure", title, summary, annotations: [] };
}

function unplanned(input: ReportInput): CheckReport {
  const title = "Not planned yet";
  return {
    state: "pending",
    title,
    summary: joined([...notices(input), `${title}. It is tried again.`]),
    annotations: [],
  };
}

function titleOf(plan: ProposalPlan, verdict: Verdict | undefined, refused: readonly ObjectPlan[]): string {
  const [problem] = plan.problems;
  const [first] = refused;
  const decided = verdict ? `; decided as ${verdict.isEmergency ? "an emergency" : verdict.decidedBy}` : "";
  const words = problem
    ? `${counted(plan.problems.length, "problem")}, the first in ${problem.file}:${problem.line}`
    : first
      ? `The cluster refuses ${objectTitle(first)}${refused.length > 1 ? ` and ${refused.length - 1} more` : ""}`
      : `${changeWords(plan.objects)}${decided}`;
  return printable(words, titleCharsMax);
}

const changes = [
  ["create", "creates"],
  ["update", "updates"],
  ["remove", "removes"],
] as const;

function changeWords(objects: readonly ObjectPlan[]): string {
  const parts = changes.flatMap(([change, verb]) => {
    const count = objects.filter((object) => object.change === change).length;
    return count === 0 ? [] : [`${verb} ${count}`];
  });
  const words = parts.length === 0 ? "changes no object" : parts.join(", ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function problemBlocks(problems: readonly Problem[]): string[] {
  if (problems.length === 0) return [];
  const lines = problems.map(({ file, line, column, path, reason, fix }) => {
    const where = `${code(file)} line ${line}, column ${column}${path === "" ? "" : ` (${code(path)})`}`;
    return `${where}: ${prose(`${reason}; ${fix}.`)}`;
  });
  return [
    "### What is wrong",
    "Nothing of this proposal can be taken before this is put right.",
    list(lines, annotationsMax),
  ];
}

function refusalBlocks(refused: readonly ObjectPlan[]): string[] {
  if (refused.length === 0) return [];
  const lines = refused.map((object) => `${code(objectTitle(object))}: ${prose(object.refusal ?? "")}`);
  return ["### What the cluster refuses", list(lines)];
}

function changeBlocks({ planDigest, proposal, verdict }: ReportInput, plan: ProposalPlan): string[] {
  const changed = plan.objects.filter(({ change }) => change !== "unchanged");
  const lines = changes.flatMap(([change, verb]) =>
    changed.filter((object) => object.change === change).map((object) => `${verb} ${code(objectTitle(object))}`),
  );
  const unchanged = plan.objects.length - changed.length;
  const basis = plan.objects.some((object) => object.basis === "files")
    ? ["The cluster could not be asked for all of it: files were compared, and its own defaults are not shown."]
    : [];
  const owners = verdict?.reasons.flatMap((each) => (each.code === "ConsentMissing" ? each.data.owners : [])) ?? [];
  return [
    "### What changes",
    lines.length > 0 ? list(lines) : "No object in the cluster changes.",
    ...(unchanged > 0
      ? [
          `${counted(unchanged, "other object")} that it names ${unchanged === 1 ? "stays" : "stay"} as ${unchanged === 1 ? "it is" : "they are"}.`,
        ]
      : []),
    ...basis,
    ...(verdict ? [classBlock(verdict)] : []),
    ...(owners.length > 0
      ? [
          list(
            owners.map(
              ({ owner, machine, path }) =>
                `needs the consent of ${code(owner)}, who owns ${code(machine)} (${code(path)})`,
            ),
          ),
        ]
      : []),
    `${planDigest === undefined ? "Of" : `Plan ${code(planDigest.replace(/^sha256:/, "").slice(0, 12))} of`} head ${code(proposal.head.oid.slice(0, 12))}.`,
  ];
}

function classBlock({ isEmergency, decidedBy, classes }: Verdict): string {
  if (isEmergency) return "Opened as an emergency.";
  const others = classes.filter((name) => name !== decidedBy);
  return `Decided as ${code(decidedBy)}${others.length > 0 ? `, the strictest; it also touches ${others.map((name) => code(name)).join(", ")}` : ""}.`;
}

function modelBlocks(models: readonly ModelFacts[]): string[] {
  if (models.length === 0) return [];
  const lines = models.map((model) => {
    const size = model.bytes === undefined ? "size unknown" : formatBytes(model.bytes);
    const licence = model.licence === undefined ? "licence not told" : `licence ${code(model.licence)}`;
    const unknown = model.unknown === undefined ? "" : `: ${prose(model.unknown)}`;
    return `${code(objectTitle(model))}: ${code(model.reference)}, ${size}, ${licence}${unknown}`;
  });
  return ["### Models", list(lines)];
}

function capacityBlocks(capacity: readonly string[]): string[] {
  return capacity.length === 0 ? [] : ["### Machines", list(capacity.map((sentence) => prose(sentence)))];
}

function diffBlocks(object: ObjectPlan): string[] {
  if (object.diff.length === 0) return [];
  return [`#### ${code(objectTitle(object))}\n\n${fencedCut(object.diff, "diff", diffCharsMax)}`];
}

function annotationOf(problem: Problem): CheckReport["annotations"][number] {
  const { file, line, path, reason, fix } = problem;
  const message = `${path === "" ? "" : `${path}: `}${reason}; ${fix}`;
  return { path: printable(file, messageCharsMax), line, message: printable(message, messageCharsMax) };
}

function counted(count: number, one: string): string {
  return `${count} ${count === 1 ? one : `${one}s`}`;
}
