/** The shape of `constitution.yaml`, with defaults. What the fields have to do with each other is in `constitution-rules.ts`. */
import { z } from "zod";
import { formula } from "../formula/formula.ts";
import { FormulaError } from "../formula/grammar.ts";
import { parseGlob } from "../paths/glob.ts";
import { type Digest, digestPattern } from "./digest.ts";
import { parseDuration } from "./duration.ts";
import { formed, label, line, worded } from "./fields.ts";
import { votingRoles } from "./roles.ts";
import { parseFraction, parseShare } from "./share.ts";

const duration = () => worded(parseDuration, "write a number and one of s, m, h, d").transform(({ ms }) => ms);
const share = () => worded(parseShare, "write a fraction from 1/2 to 1/1");
const fraction = () => worded(parseFraction, "write a fraction above 0 and up to 1/1");
const glob = () => worded(parseGlob, "write a path such as models/*.yaml or docs/**");
const quorumFormula = () => worded(readFormula, "write something like 2, ceil(n / 2) or 3 * sqrt(n) / 2");
const role = () => z.enum(votingRoles);

function readFormula(text: string): ReturnType<typeof formula> | { wrong: string } {
  try {
    return formula(text);
  } catch (error) {
    if (error instanceof FormulaError) return { wrong: `cannot be used: ${error.message}` };
    throw error;
  }
}

const quorum = z.strictObject({
  atLeast: z.int().min(1).max(1_000).optional(),
  formula: quorumFormula().optional(),
  of: z.enum(["cast", "yes"]).default("cast"),
});

const requires = z.strictObject({
  owner: z.boolean().default(false),
  roles: z
    .strictObject({ member: z.int().min(1).max(1_000).optional(), maintainer: z.int().min(1).max(1_000).optional() })
    .default({}),
  affiliations: z.int().min(1).max(100).default(1),
});

const veto = z.strictObject({
  owner: z.boolean().default(false),
  roles: z.array(role()).max(2).default([]),
  needsReason: z.boolean().default(false),
});

const decisionClass = z.strictObject({
  name: label(),
  paths: z.array(glob()).min(1).max(32),
  period: z.strictObject({ min: duration(), max: duration() }),
  lateQuorum: duration().default(0),
  quorum,
  pass: z.strictObject({ yesShareOfCast: share() }),
  timelock: duration(),
  mergeWithin: duration().default(30 * 86_400_000),
  ballots: z.enum(["any", "signed"]).optional(),
  requires: requires.default({ owner: false, roles: {}, affiliations: 1 }),
  veto: veto.default({ owner: false, roles: [], needsReason: false }),
});

const membership = z.strictObject({
  subjectMayNotVote: z.boolean().default(true),
  maxRemovalFraction: fraction(),
  minMembers: z.int().min(1).max(1_000),
});

export const emergencyPowers = ["suspend", "scaleToZero", "revokeMember", "pinPrevious"] as const;
export type EmergencyPower = (typeof emergencyPowers)[number];

const emergency = z.strictObject({
  signers: z.int().min(2).max(100).default(2),
  may: z.array(z.enum(emergencyPowers)).min(1).max(emergencyPowers.length),
  expires: duration(),
});

export const constitutionSchema = z.strictObject({
  format: z.literal(1),
  version: z.int().min(1).max(1_000_000),
  previous: formed(digestPattern, 71, "sha256: and 64 hex digits")
    .transform((text) => text as Digest)
    .optional(),
  community: line(128),
  voters: z.array(role()).min(1).max(2).default(["member", "maintainer"]),
  votesPerAffiliation: z.int().min(1).max(1_000).optional(),
  classes: z.array(decisionClass).min(1).max(16),
  defaultClass: label(),
  membership: membership.optional(),
  emergency: emergency.optional(),
});

export type ConstitutionDocument = z.output<typeof constitutionSchema>;
export type ClassDocument = z.output<typeof decisionClass>;
export type MembershipRules = z.output<typeof membership>;
export type EmergencyRules = z.output<typeof emergency>;

/** For "did you mean". */
export const constitutionFields = [
  ...new Set(
    [constitutionSchema, decisionClass, quorum, requires, veto, membership, emergency].flatMap(({ shape }) =>
      Object.keys(shape),
    ),
  ),
  "min",
  "max",
  "yesShareOfCast",
];
