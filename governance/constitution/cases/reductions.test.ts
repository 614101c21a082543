/** What two signers of an emergency may take away, and that they may give nothing. */
import { describe, expect, test } from "vitest";
import type { JsonValue } from "../documents/yaml-tree.ts";
import { evaluate } from "../evaluate.ts";

import {
  ballot,
  change,
  codesOf,
  constitution,
  exampleText,
  friends,
  hour,
  judge,
  lab,
  minute,
  newMembers,
  opened,
  person,
  sentencesOf,
  snapshotOf,
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
const host: JsonValue = { kind: "ModelHost", metadata: { name: "bob-server" }, spec: { owner: "bob", pause: false } };

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

describe("it may take away", () => {
  test.each<[string, World]>([
    ["replicas, all of them", { changes: [stop] }],
    [
      "a model's new version, back to a ratified one",
      {
        changes: [
          change("models/chat.yaml", {
            before: model,
            after: withSpec(model, { model: { ollama: "smollm2:135m", digest: "sha256:old" }, update: "Propose" }),
            earlierDigests: ["sha256:old"],
          }),
        ],
      },
    ],
    [
      "a host's work, without waiting for its owner",
      { changes: [change("hosts/bob-server.yaml", { before: host, after: withSpec(host, { pause: true }) })] },
    ],
    ["a member", newMembers(...members.filter(({ number }) => number !== 3))],
    [
      "a stolen key",
      newMembers(...members.map((member) => (member.number === 3 ? { ...member, sshKeys: [] } : member))),
    ],
  ])("%s", (_, given) => {
    const verdict = judge(world({ ...given, ballots: [sign(2)] }), opened + 2 * hour);
    expect([verdict.state, codesOf(verdict)]).toEqual(["passed", expect.not.arrayContaining(["EmergencyGrants"])]);
  });
});

describe("it may not", () => {
  const models = (after: JsonValue, more = {}): World => ({
    changes: [change("models/chat.yaml", { before: model, after, ...more })],
  });

  test.each<[string, World, string]>([
    ["give more replicas", models(withSpec(model, { replicas: 3 })), "models/chat.yaml changes spec.replicas"],
    [
      "give fewer replicas than there were, but some",
      models(withSpec(model, { replicas: 1 })),
      "changes spec.replicas",
    ],
    [
      "start what was stopped",
      {
        changes: [
          change("hosts/bob-server.yaml", {
            before: withSpec(host, { pause: true }),
            after: withSpec(host, { pause: false }),
          }),
        ],
      },
      "changes spec.pause",
    ],
    [
      "change a model under cover of stopping it",
      models(withSpec(model, { replicas: 0, model: { ollama: "evil:latest", digest: "sha256:new" } })),
      "changes spec.model.ollama",
    ],
    [
      "pin a version that was never ratified",
      models(withSpec(model, { model: { ollama: "smollm2:135m", digest: "sha256:evil" } }), {
        earlierDigests: ["sha256:old"],
      }),
      "changes spec.model.digest",
    ],
    [
      "take the pin away",
      models(withSpec(model, { model: { ollama: "smollm2:135m" } }), { earlierDigests: ["sha256:old"] }),
      "changes spec.model.digest",
    ],
    [
      "follow a moving tag",
      models(withSpec(withSpec(model, { update: "Propose" }), { update: "Track", replicas: 0, system: "obey" })),
      "changes spec.system",
    ],
    [
      "change the kind of an object",
      models({ ...(withSpec(model, { replicas: 0 }) as object), kind: "ModelHost" } as JsonValue),
      "changes kind",
    ],
    [
      "bring a file",
      { changes: [change("models/new.yaml", { kind: "added", after: model })] },
      "models/new.yaml is added, not only reduced",
    ],
    [
      "delete a file",
      { changes: [change("models/chat.yaml", { kind: "removed", before: model })] },
      "is removed, not only reduced",
    ],
    [
      "rename a file",
      { changes: [change("models/b.yaml", { kind: "renamed", from: "models/a.yaml", before: model, after: model })] },
      "is renamed",
    ],
    [
      "change what cannot be compared",
      { changes: [change("models/chat.yaml")] },
      "cannot be compared with what it was",
    ],
    [
      "change a kind that it does not know",
      {
        changes: [
          change("models/x.yaml", {
            before: { kind: "constructor", spec: { pause: false } },
            after: { kind: "constructor", spec: { pause: true } },
          }),
        ],
      },
      "changes spec.pause",
    ],
    ["add a member", newMembers(...members, person(5)), "members.yaml adds erin"],
    [
      "give a role",
      newMembers(
        ...members.map((member) => (member.number === 2 ? { ...member, roles: ["maintainer" as const] } : member)),
      ),
      "changes the roles of bob",
    ],
    [
      "give a key",
      newMembers(
        ...members.map((member) =>
          member.number === 2 ? { ...member, sshKeys: [...member.sshKeys, "ssh-ed25519 EVE"] } : member,
        ),
      ),
      "changes more of bob than keys taken away",
    ],
    [
      "give a machine",
      newMembers(
        ...members.map((member) => (member.number === 2 ? { ...member, machines: ["bob-server", "more"] } : member)),
      ),
      "changes more of bob",
    ],
    [
      "move somebody to another affiliation",
      newMembers(...members.map((member) => (member.number === 3 ? { ...member, affiliation: "Globex" } : member))),
      "changes more of carol",
    ],
    [
      "put out more members at once than may go",
      newMembers(...members.slice(0, 2)),
      "It takes the membership, roles or keys of carol and dave; of 4 voters at most 1 at once.",
    ],
    [
      "put out one after the other",
      { suspended: { members: [4] }, ...newMembers(...members.filter(({ number }) => number !== 3)) },
      "carol and dave; of 4 voters at most 1 at once",
    ],
    [
      "put out one after the other by their keys",
      {
        suspended: { keys: ["ssh-ed25519 KEY-OF-dave"] },
        ...newMembers(...members.filter(({ number }) => number !== 3)),
      },
      "carol and dave; of 4 voters at most 1 at once",
    ],
    [
      "take the keys of all others",
      newMembers(...members.map((member) => (member.number > 2 ? { ...member, sshKeys: [] } : member))),
      "carol and dave; of 4 voters at most 1 at once",
    ],
    [
      "change the constitution",
      {
        changes: [change("constitution.yaml", { before: { version: 1 }, after: { version: 2 } })],
        proposal: { candidate: { constitution: { ok: true, value: lab() } } },
      },
      "constitution.yaml changes version",
    ],
  ])("%s", (_, given, words) => {
    const verdict = judge(world({ ...given, ballots: [sign(2)] }), opened + 2 * hour);
    expect([verdict.state, sentencesOf(verdict)]).toEqual(["rejected", expect.stringContaining(words)]);
  });

  test("be used where the constitution knows none", () => {
    const verdict = judge({ ...world({ constitution: friends(), ballots: [sign(2)] }) }, opened + 2 * hour);
    expect([verdict.state, sentencesOf(verdict)]).toEqual([
      "rejected",
      expect.stringContaining("The constitution knows no emergency: open it as an ordinary proposal."),
    ]);
  });

  test("use a power that the constitution does not give it", () => {
    const fewer = constitution(
      exampleText("lab").replace("may: [suspend, scaleToZero, revokeMember, pinPrevious]", "may: [suspend]"),
    );
    expect(sentencesOf(judge(world({ constitution: fewer, ballots: [sign(2)] }), opened + hour))).toContain(
      "scaleToZero is not among its powers",
    );
    const revoke = world({ constitution: fewer, ...newMembers(...members.slice(0, 3)), ballots: [sign(2)] });
    expect(sentencesOf(judge(revoke, opened + hour))).toContain("revokeMember is not among its powers");
  });

  test("count as its own ratification: the same change as an ordinary proposal has to pass as such", () => {
    const ordinary = snapshotOf({ constitution: lab(), members, changes: [stop], ballots: [yes(2)] });
    expect(evaluate(ordinary, opened + hour).state).toBe("open");
  });
});
