/** Random communities, proposals and ballots, small enough that everything meets everything. */
import fc from "fast-check";
import type { Member } from "../documents/members.ts";
import type { Account, Ballot, Snapshot } from "../snapshot.ts";
import { accountOf, change, constitution, head, hour, membersOf, opened, person, plan } from "./world.fixture.ts";

/** Two classes, and one of owners with the numbers of the second. */
const rulesText = (lenient: string, strict: string, top: string): string => `format: 1
version: 1
community: Random
${top}
classes:
  - name: lenient
    paths: [models/*.yaml]
    timelock: 1h
    mergeWithin: 10h
${lenient.replace(/^/gm, "    ")}
  - name: owned
    paths: ["hosts/{machine}.yaml"]
    timelock: 2h
    mergeWithin: 10h
    requires: {owner: true}
    veto: {owner: true, needsReason: true}
${strict.replace(/^/gm, "    ")}
  - name: strict
    paths: [constitution.yaml, members.yaml, "routes/*.yaml"]
    timelock: 2h
    mergeWithin: 10h
${strict.replace(/^/gm, "    ")}
defaultClass: strict
`;

const texts: readonly string[] = [
  rulesText(
    "period: {min: 2h, max: 12h}\nquorum: {atLeast: 2}\npass: {yesShareOfCast: 1/2}",
    'period: {min: 4h, max: 12h}\nlateQuorum: 6h\nquorum: {formula: "max(2, floor(n / 2) + 1)"}\npass: {yesShareOfCast: 2/3}\nballots: any',
    "votesPerAffiliation: 2",
  ),
  rulesText(
    'period: {min: 0s, max: 12h}\nlateQuorum: 2h\nquorum: {atLeast: 1, of: "yes"}\npass: {yesShareOfCast: 1/2}\nballots: any',
    'period: {min: 12h, max: 12h}\nlateQuorum: 5h\nquorum: {formula: 3 * sqrt(n) / 2, of: "yes"}\npass: {yesShareOfCast: 3/4}\nballots: signed',
    "",
  ),
  rulesText(
    "period: {min: 3h, max: 12h}\nquorum: {atLeast: 1}\npass: {yesShareOfCast: 1/2}\nveto: {roles: [maintainer]}",
    "period: {min: 3h, max: 12h}\nlateQuorum: 3h\nquorum: {formula: ceil(n / 2)}\npass: {yesShareOfCast: 1/2}\nballots: any",
    "votesPerAffiliation: 1",
  ).replace("requires: {owner: true}", "requires: {owner: true, affiliations: 2, roles: {maintainer: 1}}"),
];

export const constitutions = texts.map((text) => () => constitution(text));

const memberList: fc.Arbitrary<Member[]> = fc
  .array(
    fc.record({
      affiliation: fc.constantFrom(undefined, undefined, "Initech", "INITECH", "Globex"),
      roles: fc.constantFrom<Member["roles"]>(
        ["member"],
        ["member"],
        ["member"],
        ["member", "maintainer"],
        ["member", "maintainer"],
        ["service"],
      ),
    }),
    { minLength: 2, maxLength: 6 },
  )
  .map((list) =>
    list.map(({ affiliation, roles }, index) =>
      person(index + 1, {
        roles,
        machines: [`machine-${index + 1}`],
        ...(affiliation !== undefined && { affiliation }),
      }),
    ),
  );

const hours = (most: number) => fc.integer({ min: 0, max: most * 4 }).map((quarters) => (quarters * hour) / 4);
const mostly = <T>(usual: T, ...rare: T[]): fc.Arbitrary<T> =>
  fc.oneof(
    { weight: 25, arbitrary: fc.constant(usual) },
    ...rare.map((arbitrary) => ({ weight: 1, arbitrary: fc.constant(arbitrary) })),
  );
const outsider: Account = { kind: "github", id: 9_999, login: "eve", isBot: false };

const ballotOf = (members: readonly Member[]): fc.Arbitrary<Omit<Ballot, "id" | "sequence">> =>
  fc
    .record({
      who: fc.nat(members.length),
      choice: fc.constantFrom<Ballot["choice"]>("yes", "yes", "yes", "yes", "no", "abstain"),
      at: fc.oneof({ weight: 4, arbitrary: hours(11) }, { weight: 1, arbitrary: hours(20) }),
      head: mostly(head, "old"),
      plan: mostly(plan, "sha256:other"),
      proposal: mostly("random:1", "random:2"),
      signature: fc.oneof(
        { weight: 3, arbitrary: fc.constant("own" as const) },
        { weight: 1, arbitrary: mostly<"none" | "foreign" | "bad">("none", "foreign", "bad") },
      ),
      isEdited: mostly(false, true),
      isReasoned: fc.boolean(),
      isBot: mostly(false, true),
      dismissed: mostly<"no" | "self" | "other">("no", "self", "other"),
      byKey: fc.boolean(),
    })
    .map(({ who, signature, dismissed, isBot, byKey, at, ...rest }) => {
      const member = members[who];
      const key = member?.sshKeys[0] ?? "ssh-ed25519 EVE";
      const github = member ? { ...accountOf(member), isBot } : outsider;
      const by: Account = byKey ? { kind: "key", key } : (github as Account);
      return {
        ...rest,
        by,
        at: opened + at,
        ...(signature !== "none" && {
          signature: { key: signature === "foreign" ? "ssh-ed25519 EVE" : key, isValid: signature !== "bad" },
        }),
        ...(dismissed !== "no" && { dismissedBy: dismissed === "self" ? by : outsider }),
      };
    });

const paths = fc.uniqueArray(
  fc.constantFrom(
    "models/a.yaml",
    "models/b.yaml",
    "routes/b.yaml",
    "hosts/machine-1.yaml",
    "hosts/machine-2.yaml",
    "docs/x.md",
  ),
  { minLength: 1, maxLength: 2 },
);

/** A snapshot of an ordinary vote; sequences are multiples of 10, so that one may be put between. */
export const snapshots: fc.Arbitrary<Snapshot> = memberList.chain((members) =>
  fc
    .record({
      rules: fc.constantFrom(...constitutions),
      paths,
      proposer: fc.nat(members.length),
      pusher: mostly<"self" | "other" | "unknown">("self", "other", "unknown"),
      isHeadSigned: mostly(true, false),
      since: mostly(0, 2 * hour, 10 * hour),
      ballots: fc.array(ballotOf(members), { maxLength: 12 }),
      inOrder: mostly(true, false, false, false, false),
      twice: fc.option(fc.nat(30), { nil: undefined }),
      joined: fc.nat(1),
      suspended: mostly<number[]>([], [2]),
      merged: fc.oneof(
        { weight: 4, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.record({ at: hours(40), after: fc.nat(12) }) },
      ),
    })
    .map((given) => {
      const { rules, ballots, inOrder, twice, joined, suspended, merged, since } = given;
      const proposer = members[given.proposer];
      const by = proposer ? accountOf(proposer) : outsider;
      const ordered = inOrder ? ballots.toSorted((a, b) => a.at - b.at) : ballots;
      const cast: Ballot[] = ordered.map((one, index) => ({
        ...one,
        id: `ballot-${index === twice ? 0 : index}`,
        sequence: (index + 1) * 10,
      }));
      const current = { constitution: rules(), members: membersOf(...members) };
      const pushedBy = { self: by, other: outsider, unknown: undefined }[given.pusher];
      return {
        proposal: {
          id: "random:1",
          proposer: by,
          openedAt: opened,
          head: {
            sha: head,
            since: opened + since,
            ...(pushedBy && { pushedBy }),
            ...(given.isHeadSigned &&
              proposer?.sshKeys[0] && { signature: { key: proposer.sshKeys[0], isValid: true } }),
          },
          plan,
          changes: given.paths.map((path) => change(path)),
          candidate: {},
        },
        opening: { ...current, members: membersOf(...members.slice(0, Math.max(1, members.length - joined))) },
        current,
        suspended: { members: suspended, keys: [] },
        ballots: cast,
        ...(merged && { merged: { at: opened + merged.at, sequence: merged.after * 10 + 5 } }),
      };
    }),
);

export const moments: fc.Arbitrary<number> = hours(45).map((after) => opened + after);
