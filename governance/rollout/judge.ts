/** How one live object stands to what the target wants of it. Pure. */
import { annotations } from "../../operator/apis/group.ts";
import { isDeleting } from "../../operator/kube/finalizers.ts";
import { type Desired, type Origin, sentObject, specOf } from "./desired.ts";
import { type Difference, specDifferences } from "./difference/spec-differences.ts";
import type { GovernedKind } from "./kinds.ts";
import type { LiveObject } from "./live.ts";
import { type Claim, othersClaims, ourClaim } from "./ownership/claims.ts";
import { below, covers, type Fields, touches } from "./ownership/fields.ts";
import { surplusOf } from "./ownership/surplus.ts";

export type Judgement =
  | { readonly state: "absent" }
  | { readonly state: "current" }
  /** It is being deleted and cannot be mended; it is made anew when it is gone. */
  | { readonly state: "leaving" }
  | Differs;

export interface Differs {
  readonly state: "differs";
  /**
   * `update`: the target wants something else than what was applied. `adoption`: governance has never written it.
   * `drift`: it was as the target wants, and somebody changed it.
   */
  readonly cause: "update" | "adoption" | "drift";
  /** Where it differs, dotted. */
  readonly fields: readonly string[];
  /** Who owns what differs, the latest first to be asked; undefined where nobody does. */
  readonly manager: string | undefined;
  readonly origin: Origin;
  /** Fields below `spec` that have to be taken from others before applying, or they would stay. */
  readonly surplus: Fields | undefined;
}

export interface JudgeContext {
  /** Made so by this target, unless it was so before. */
  readonly origin: Origin;
  /** What the API server made of our last write counts as ours, where the policy does not speak of it. */
  readonly isSettled: (live: LiveObject) => boolean;
}

export function judge(
  desired: Desired,
  kind: GovernedKind,
  live: LiveObject | undefined,
  context: JudgeContext,
): Judgement {
  if (!live) return { state: "absent" };
  if (isDeleting(live)) return { state: "leaving" };
  const stamp = `${desired.object.digest} ${desired.emergency}`;
  if (foundCurrent.get(live) === stamp) return { state: "current" };
  const judgement = compared(desired, kind, live, context);
  if (judgement.state === "current" && !context.isSettled(live)) foundCurrent.set(live, stamp);
  return judgement;
}

/**
 * What a live object was found to be all of. Ten thousand objects are looked at in every step, nearly all of them the same
 * ones as before; whoever wants the same of one that has not changed gets the same answer.
 */
const foundCurrent = new WeakMap<LiveObject, string>();

function compared(desired: Desired, kind: GovernedKind, live: LiveObject, context: JudgeContext): Judgement {
  const ours = ourClaim(live.claims);
  const isSame = isStampedAs(desired, live, ours);
  const origin = (isSame ? originOf(live) : undefined) ?? context.origin;
  const isSettled = context.isSettled(live);
  const spec = specDifferences(specOf(desired.object), live.spec, kind).filter(({ isSaid }) => isSaid || !isSettled);
  const paths = [...metadataDifferences(desired, origin, live), ...spec.map(({ path }) => path)];
  const isOwned = isSettled || owns(ours, desired, origin);
  if (paths.length === 0 && isOwned) return { state: "current" };
  return {
    state: "differs",
    cause: isSame ? "drift" : ours ? "update" : "adoption",
    fields: paths.length > 0 ? paths.map(shown) : ["metadata.managedFields"],
    manager: managerOf(paths, live),
    origin,
    surplus: needsSurplus(spec) ? surplusOf(desired, kind, live, spec) : undefined,
  };
}

/** We wrote it as the target wants it, and nobody touched what we wrote there. */
function isStampedAs(desired: Desired, live: LiveObject, ours: Claim | undefined): boolean {
  const stamps = { [annotations.digest]: desired.object.digest, [annotations.emergency]: desired.emergency };
  return Object.entries(stamps).every(([name, value]) => ownedAnnotation(live, ours, name) === value);
}

/** Which target made it what it is, where that is ours to say. */
export function originOf(live: LiveObject): Origin | undefined {
  const ours = ourClaim(live.claims);
  const commit = ownedAnnotation(live, ours, annotations.ratifiedCommit);
  const tree = ownedAnnotation(live, ours, annotations.ratifiedTree);
  return commit === undefined || tree === undefined ? undefined : { commit, tree };
}

/** An annotation that somebody else overwrote is theirs, not ours. */
function ownedAnnotation(live: LiveObject, ours: Claim | undefined, name: string): string | undefined {
  if (!ours || !below(ours.fields, ["metadata", "annotations", name])) return undefined;
  return live.metadata.annotations?.[name];
}

function metadataDifferences(desired: Desired, origin: Origin, live: LiveObject): string[][] {
  const { labels, annotations: notes } = sentObject(desired, origin).metadata;
  return [...textDifferences("labels", labels, live), ...textDifferences("annotations", notes, live)];
}

function textDifferences(
  field: "labels" | "annotations",
  want: Readonly<Record<string, string>> | undefined,
  live: LiveObject,
): string[][] {
  const have = live.metadata[field] ?? {};
  const names = Object.entries(want ?? {}).flatMap(([name, value]) => (have[name] === value ? [] : [name]));
  return names.map((name) => ["metadata", field, name]);
}

function owns(ours: Claim | undefined, desired: Desired, origin: Origin): boolean {
  if (!ours) return false;
  const { metadata } = sentObject(desired, origin);
  const { labels = {}, annotations: notes = {} } = metadata;
  return (
    covers(below(ours.fields, ["metadata", "labels"]), labels) &&
    covers(below(ours.fields, ["metadata", "annotations"]), notes) &&
    covers(ours.fields["f:spec"], specOf(desired.object))
  );
}

function managerOf(paths: readonly (readonly string[])[], live: LiveObject): string | undefined {
  const owners = othersClaims(live.claims).filter(({ fields }) => paths.some((path) => touches(fields, path)));
  return owners.toSorted((a, b) => (a.time ?? "").localeCompare(b.time ?? "")).at(-1)?.manager;
}

/** A value that we only overwrite needs nothing; what has to go needs to be ours first. */
function needsSurplus(spec: readonly Difference[]): boolean {
  return spec.some(({ unwanted }) => unwanted !== undefined);
}

/** `metadata.labels[example.org/gpu]`, `spec.model.ollama`. */
function shown(path: readonly string[]): string {
  return path.reduce((text, name) => {
    if (text === "") return name;
    return name.includes(".") || name.includes("/") ? `${text}[${name}]` : `${text}.${name}`;
  }, "");
}
