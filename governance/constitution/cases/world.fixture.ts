/** Builders for the tests of this room: a community, a proposal, ballots. Everything has a sensible default. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Constitution, parseConstitution, type Sealed } from "../documents/constitution.ts";
import { digestOf } from "../documents/digest.ts";
import type { Member, Members } from "../documents/members.ts";
import { problemSentence } from "../documents/problem.ts";
import { evaluate } from "../evaluate.ts";
import type { Account, Ballot, Change, Choice, Proposal, Ratified, Snapshot } from "../snapshot.ts";
import type { Verdict } from "../verdict.ts";

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;
/** When proposals are opened. */
export const opened = Date.UTC(2026, 0, 10);

export function person(number: number, fields: Partial<Member> = {}): Member {
  const name = ["", "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"][number] ?? `member-${number}`;
  return {
    number,
    name,
    github: { id: 100 + number, login: name },
    sshKeys: [`ssh-ed25519 KEY-OF-${name}`],
    roles: ["member"],
    joined: "2025-01-01",
    machines: [],
    ...fields,
  };
}

export function membersOf(...members: readonly Member[]): Sealed<Members> {
  return { value: { members }, digest: digestOf(JSON.parse(JSON.stringify(members))) };
}

export function people(count: number): Member[] {
  return Array.from({ length: count }, (_, index) => person(index + 1));
}

const parsed = new Map<string, Sealed<Constitution>>();

export function constitution(text: string): Sealed<Constitution> {
  const known = parsed.get(text);
  if (known) return known;
  const result = parseConstitution(text);
  if (!result.ok) throw new Error(result.problems.map(problemSentence).join("\n"));
  parsed.set(text, result.value);
  return result.value;
}

export function exampleText(name: "three-friends" | "membership" | "lab"): string {
  return readFileSync(join(import.meta.dirname, "../examples", name, "constitution.yaml"), "utf8");
}

export const friends = (): Sealed<Constitution> => constitution(exampleText("three-friends"));
export const lab = (): Sealed<Constitution> => constitution(exampleText("lab"));
export const withMembership = (): Sealed<Constitution> => constitution(exampleText("membership"));

/** One class for everything, with the given lines; for tables about one rule. */
export function oneClass(lines: string, top = ""): Sealed<Constitution> {
  return constitution(`format: 1
version: 1
community: Test
${top}
classes:
  - name: all
    paths: [constitution.yaml, "**"]
    timelock: 0s
    ballots: any
${lines.replace(/^/gm, "    ")}
defaultClass: all
`);
}

export interface World {
  readonly constitution?: Sealed<Constitution>;
  readonly members?: readonly Member[];
  /** Ratified when the proposal was opened, where that differs. */
  readonly opening?: Partial<Ratified>;
  readonly proposer?: Account;
  readonly proposal?: Partial<Proposal>;
  readonly changes?: readonly Change[];
  readonly ballots?: readonly Ballot[];
  readonly merged?: Snapshot["merged"];
  readonly suspended?: Partial<Snapshot["suspended"]>;
}

export const head = "1111111111111111111111111111111111111111";
export const plan = `sha256:${"a".repeat(64)}`;

export function snapshotOf(world: World): Snapshot {
  const current: Ratified = {
    constitution: world.constitution ?? friends(),
    members: membersOf(...(world.members ?? people(3))),
  };
  const proposer = world.proposer ?? accountOf(person(1));
  return {
    proposal: {
      id: "test:1",
      proposer,
      openedAt: opened,
      head: { sha: head, since: opened, pushedBy: proposer, signature: signatureOf(proposer, current) },
      plan,
      changes: world.changes ?? [change("models/chat.yaml")],
      candidate: {},
      ...world.proposal,
    },
    opening: { ...current, ...world.opening },
    current,
    suspended: { members: [], keys: [], ...world.suspended },
    ballots: world.ballots ?? [],
    ...(world.merged && { merged: world.merged }),
  };
}

export function judge(world: World, now: number): Verdict {
  return evaluate(snapshotOf(world), now);
}

export function change(path: string, fields: Partial<Change> = {}): Change {
  return { kind: "modified", path, mode: "100644", ...fields };
}

/** Changes members.yaml to exactly these. */
export function newMembers(...members: readonly Member[]): Pick<World, "changes" | "proposal"> {
  return {
    changes: [change("members.yaml")],
    proposal: { candidate: { members: { ok: true, value: membersOf(...members) } } },
  };
}

/** Changes constitution.yaml to this. */
export function newConstitution(sealed: Sealed<Constitution>): Pick<World, "changes" | "proposal"> {
  return {
    changes: [change("constitution.yaml")],
    proposal: { candidate: { constitution: { ok: true, value: sealed } } },
  };
}

export function accountOf({ github, sshKeys }: Member): Account {
  return github ? { kind: "github", ...github, isBot: false } : { kind: "key", key: sshKeys[0] ?? "" };
}

let sequence = 0;

/** A signed ballot an hour after the opening. Without `sequence` it comes after all that were made before. */
export function ballot(by: Member, choice: Choice, fields: Partial<Ballot> = {}): Ballot {
  sequence++;
  return {
    id: `ballot-${sequence}`,
    sequence,
    at: opened + hour,
    proposal: "test:1",
    by: accountOf(by),
    choice,
    head,
    plan,
    signature: { key: by.sshKeys[0] ?? "none", isValid: true },
    ...fields,
  };
}

export const yes = (number: number, at = opened + hour): Ballot => ballot(person(number), "yes", { at });
export const no = (number: number, at = opened + hour): Ballot =>
  ballot(person(number), "no", { at, isReasoned: true });
export const abstain = (number: number, at = opened + hour): Ballot => ballot(person(number), "abstain", { at });

export function codesOf({ reasons }: Verdict): string[] {
  return reasons.map(({ code }) => code);
}

export function sentencesOf({ reasons }: Verdict): string {
  return reasons.map(({ sentence }) => sentence).join("\n");
}

/** A merge after all ballots that were made so far. */
export function mergedAt(at: number): NonNullable<Snapshot["merged"]> {
  return { at, sequence };
}

function signatureOf(account: Account, { members }: Ratified): { key: string; isValid: boolean } {
  if (account.kind === "key") return { key: account.key, isValid: true };
  const member = members.value.members.find(({ github }) => github?.id === account.id);
  return { key: member?.sshKeys[0] ?? "none", isValid: true };
}
