/** An emergency: two people of different affiliation may take away, never give, and not for long. */
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../documents/yaml-tree.ts";

import type { VerdictState } from "../verdict.ts";
import {
  ballot,
  change,
  day,
  hour,
  judge,
  lab,
  mergedAt,
  minute,
  no,
  opened,
  person,
  sentencesOf,
  type World,
  yes,
} from "./world.fixture.ts";

const members = [
  person(1, { roles: ["member", "maintainer"], affiliation: "Initech", machines: ["alice-desktop"] }),
  person(2, { affiliation: "Globex", machines: ["bob-server"] }),
  person(3, { affiliation: "Initech" }),
  person(4),
];

const model: JsonValue = {
  apiVersion: "commonhold.dev/v1alpha1",
  kind: "ModelDeployment",
  metadata: { name: "chat" },
  spec: { model: { ollama: "smollm2:135m", digest: "sha256:new" }, replicas: 2, update: "Track" },
};

function withSpec(object: JsonValue, spec: Record<string, JsonValue>): JsonValue {
  const whole = object as { readonly spec: { readonly [name: string]: JsonValue } };
  return { ...(object as object), spec: { ...whole.spec, ...spec } };
}

/** A signed yes to an emergency. */
const sign = (number: number, at = opened + minute) => ballot(person(number), "yes", { at, isEmergency: true });

const stop = change("models/chat.yaml", { before: model, after: withSpec(model, { replicas: 0 }) });
/** Of alice; with her, one more of another affiliation is enough. */
const world = (given: World = {}): World => ({
  constitution: lab(),
  members,
  changes: [stop],
  ...given,
  ballots: [{ ...sign(1, opened), sequence: 0 }, ...(given.ballots ?? [])],
  proposal: { emergency: {}, ...given.proposal },
});

describe("two signers", () => {
  test.each<[string, World, number, VerdictState, string]>([
    [
      "of different affiliation are enough, at once",
      world({ ballots: [sign(2, opened + minute)] }),
      minute,
      "passed",
      "As an emergency it ends at 2026-01-13T00:01:00Z unless an ordinary vote ratifies it.",
    ],
    [
      "one alone is not",
      world(),
      hour,
      "open",
      "An emergency needs the signed yes of 2 members of different affiliation; so far of alice.",
    ],
    ["two of one affiliation are not", world({ ballots: [sign(3)] }), hour, "open", "so far of alice and carol."],
    ["who names no affiliation stands for themself", world({ ballots: [sign(4)] }), hour, "passed", "2 signers decide"],
    [
      "an unsigned yes is none",
      world({ ballots: [{ ...sign(2), signature: undefined as never }] }),
      hour,
      "open",
      "A ballot of bob has no signature; an emergency counts signed ballots only.",
    ],
    [
      "nobody can stop them by a no, or it would be no emergency",
      world({ ballots: [sign(2), ...[no(3), no(4)].map((vote) => ({ ...vote, isEmergency: true }))] }),
      hour,
      "passed",
      "only reduce",
    ],
    [
      "a signer who takes it back in time is none",
      world({ ballots: [sign(2), ballot(person(2), "abstain", { at: opened + hour, isEmergency: true })] }),
      2 * hour,
      "open",
      "so far of alice",
    ],
    [
      "that come after three days come too late",
      world({ ballots: [sign(2, opened + 3 * day)] }),
      3 * day,
      "expired",
      "so far of alice",
    ],
    [
      "whose vote an emergency took are none",
      world({ suspended: { members: [2] }, ballots: [sign(2)] }),
      hour,
      "open",
      "The vote of bob is suspended",
    ],
  ])("%s", (_, given, after, state, words) => {
    const verdict = judge(given, opened + after);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([state, expect.stringContaining(words)]);
  });

  test.each<[string, World, string]>([
    [
      "who only said yes to it as an ordinary proposal, which somebody then called an emergency",
      { ballots: [{ ...yes(2), sequence: 1 }] },
      "A ballot of bob is for an ordinary vote: an emergency needs one that says so.",
    ],
    ["who only proposed it", { ballots: [] }, "an emergency needs a signed ballot of each signer"],
    [
      "whose key an emergency took",
      { suspended: { keys: ["ssh-ed25519 KEY-OF-bob"] }, ballots: [sign(2)] },
      "is suspended by an emergency that is not yet ratified",
    ],
  ])("are not those %s", (_, given, words) => {
    const verdict = judge(world(given), opened + hour);
    expect([verdict.state, sentencesOf(verdict)]).toEqual(["open", expect.stringContaining(words)]);
  });

  test("of an emergency have not voted on it as an ordinary proposal", () => {
    const verdict = judge(
      { constitution: lab(), members, changes: [stop], ballots: [sign(2), sign(4)] },
      opened + 2 * day,
    );
    expect(verdict.tally.cast).toBe(1);
    expect(sentencesOf(verdict)).toContain("A ballot of bob is for an emergency, and this is none.");
  });

  test("have no timelock, no period, and are not asked for a quorum", () => {
    expect(judge(world({ ballots: [sign(2, opened + minute)] }), opened + hour)).toMatchObject({
      isEmergency: true,
      quorum: { needed: 2, votes: 2, of: "signers" },
      passesAt: opened + minute,
      appliesAt: opened + minute,
      expiresAt: opened + minute + 3 * day,
    });
  });
});

describe("it ends", () => {
  const merged = (emergency: object) =>
    world({
      ballots: [{ ...sign(2, opened + minute), sequence: 1 }],
      merged: mergedAt(opened + hour),
      proposal: { emergency },
    });
  const end = opened + minute + 3 * day;

  test.each<[string, World, number, VerdictState]>([
    ["not before 72 hours", merged({}), end - 1, "passed"],
    ["after 72 hours without being ratified", merged({}), end, "expired"],
    ["not, once an ordinary vote ratified it", merged({ ratifiedAt: end - 1 }), end + 30 * day, "passed"],
    ["whatever is ratified after its end", merged({ ratifiedAt: end }), end + 30 * day, "expired"],
    ["also if nobody ever merged it", world({ ballots: [sign(2, opened + minute)] }), end, "expired"],
  ])("%s", (_, given, at, state) => {
    expect(judge(given, at).state).toBe(state);
  });

  test("saying that what it changed is undone", () => {
    expect(sentencesOf(judge(merged({}), end))).toContain(
      "The emergency ended at 2026-01-13T00:01:00Z without being ratified: what it changed is undone.",
    );
  });
});
