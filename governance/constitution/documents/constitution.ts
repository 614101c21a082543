/**
 * `constitution.yaml`: the rules by which a community decides. Read strictly: whatever is not understood in full is
 * refused, because half-understood rules would decide anyway.
 */
import { constant, type Formula } from "../formula/formula.ts";
import { constitutionPath } from "../paths/path-problem.ts";
import { constitutionProblems } from "./constitution-rules.ts";
import {
  type ClassDocument,
  type ConstitutionDocument,
  constitutionFields,
  constitutionSchema,
} from "./constitution-schema.ts";
import { type Digest, digestOf } from "./digest.ts";
import { readPlainYaml } from "./plain-yaml.ts";
import { failed, type Parsed } from "./problem.ts";
import { constitutionLimits } from "./yaml-limits.ts";
import { zodProblems } from "./zod-problems.ts";

/** How one class of proposals is decided. Times in milliseconds. */
export interface DecisionClass
  extends Omit<ClassDocument, "period" | "lateQuorum" | "quorum" | "pass" | "timelock" | "mergeWithin" | "ballots"> {
  /** Place in the order from the most lenient (0) to the strictest. */
  readonly rank: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly lateQuorumMs: number;
  readonly quorum: { readonly of: "cast" | "yes"; readonly formula: Formula };
  readonly share: ClassDocument["pass"]["yesShareOfCast"];
  readonly timelockMs: number;
  readonly mergeWithinMs: number;
  readonly ballots: "any" | "signed";
}

export interface Constitution extends Omit<ConstitutionDocument, "classes" | "format"> {
  /** From the most lenient to the strictest. */
  readonly classes: readonly [DecisionClass, ...DecisionClass[]];
}

/** A document together with the name of its content. */
export interface Sealed<T> {
  readonly value: T;
  readonly digest: Digest;
}

export function parseConstitution(text: string, file: string = constitutionPath): Parsed<Sealed<Constitution>> {
  const yaml = readPlainYaml(text, file, constitutionLimits);
  if (!yaml.ok) return yaml;
  const { data, places } = yaml.value;
  const shape = constitutionSchema.safeParse(data, { reportInput: true });
  if (!shape.success) return failed(zodProblems(shape.error, file, places, constitutionFields));
  const value = constitutionOf(shape.data);
  const problems = constitutionProblems(value, shape.data, file, places);
  return problems.length > 0 ? failed(problems) : { ok: true, value: { value, digest: digestOf(data) } };
}

function constitutionOf({ format: _, classes, ...rest }: ConstitutionDocument): Constitution {
  const [first, ...others] = classes.map((document, rank) => classOf(document, rank, rank === classes.length - 1));
  if (!first) throw new TypeError("the schema asks for at least one class");
  return { ...rest, classes: [first, ...others] };
}

/** Where nothing else is said, the strictest class, the one that changes the rules, counts signed ballots only. */
function classOf(document: ClassDocument, rank: number, isStrictest: boolean): DecisionClass {
  const { period, lateQuorum, quorum, pass, timelock, mergeWithin, ballots, ...rest } = document;
  return {
    ...rest,
    rank,
    minMs: period.min,
    maxMs: period.max,
    lateQuorumMs: lateQuorum,
    quorum: { of: quorum.of, formula: quorum.formula ?? constant(quorum.atLeast ?? 1) },
    share: pass.yesShareOfCast,
    timelockMs: timelock,
    mergeWithinMs: mergeWithin,
    ballots: ballots ?? (isStrictest ? "signed" : "any"),
  };
}
