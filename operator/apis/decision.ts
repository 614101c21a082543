/**
 * Decision: what the community decides, or decided, about one proposal, or about one commit of the policy branch that
 * nobody voted for. The zod source of its CRD and its TypeScript types. The decision log is what counts; this is a
 * mirror of it for `kubectl`, made anew from the log whenever it differs.
 */
import { type DecisionSpec, spec } from "./decision/spec.ts";
import { type DecisionStatus, status } from "./decision/status.ts";
import { type Kind, type KindObject, resourceOf } from "./kind.ts";

export type { DecisionSpec } from "./decision/spec.ts";
export type { DecisionReceipt, DecisionState, DecisionStatus } from "./decision/status.ts";

export const decisionKind = {
  kind: "Decision",
  plural: "decisions",
  singular: "decision",
  shortNames: ["dec"],
  scope: "Cluster",
  description: "What the community decides about one proposal: a mirror of the decision log.",
  spec,
  status,
  columns: [
    { name: "What", type: "string", jsonPath: ".spec.title", description: "What is proposed, as its author put it." },
    { name: "Class", type: "string", jsonPath: ".status.class", description: "By which rules it is decided." },
    { name: "Tally", type: "string", jsonPath: ".status.tally.summary", description: "Yes, no, abstain." },
    { name: "State", type: "string", jsonPath: ".status.state", description: "How it stands." },
    { name: "Applied", type: "date", jsonPath: ".status.appliedAt", description: "Since it is in force." },
    { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp", description: "Since creation." },
    { name: "Quorum", type: "string", jsonPath: ".status.quorum", description: "Votes and needed.", priority: 1 },
    {
      name: "Ends",
      type: "string",
      jsonPath: ".status.votingEndsAt",
      description: "When voting ends.",
      priority: 1,
    },
    {
      name: "Message",
      type: "string",
      jsonPath: '.status.conditions[?(@.type=="Ready")].message',
      description: "What is still to come, or why nothing is.",
      priority: 1,
    },
  ],
  rules: [],
} as const satisfies Kind;

export type Decision = KindObject<"Decision", DecisionSpec, DecisionStatus>;
export const decisions = resourceOf(decisionKind);
