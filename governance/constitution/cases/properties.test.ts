/** What holds for every community, proposal and vote, found out by trying random ones. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evaluate } from "../evaluate.ts";
import type { Ballot, Snapshot } from "../snapshot.ts";
import type { Verdict } from "../verdict.ts";
import { moments, snapshots } from "./arbitrary.fixture.ts";
import { expected } from "./reference.fixture.ts";
import { accountOf, change, hour, membersOf, opened, person } from "./world.fixture.ts";

const runs = { numRuns: 80 };

/** What a verdict decides, without its words. */
function decision({ state, tally, votes, passesAt, closesAt, appliesAt }: Verdict) {
  return { state, tally, votes, passesAt, closesAt, appliesAt };
}

test("the textbook version agrees", () => {
  fc.assert(
    fc.property(snapshots, moments, (snapshot, now) => {
      const { state, tally, closesAt, passesAt, votes } = evaluate(snapshot, now);
      const { yes, no, abstain } = tally;
      expect({
        state,
        yes,
        no,
        abstain,
        closesAt,
        passesAt,
        votes: votes.map(({ member, choice }) => `${member} ${choice}`),
      }).toEqual(expected(snapshot, now));
    }),
    { numRuns: 500 },
  );
});

test("the random proposals reach every state of an ordinary vote, so the properties say something", () => {
  const states = new Set(
    fc
      .sample(fc.tuple(snapshots, moments), { numRuns: 300, seed: 1 })
      .map(([snapshot, now]) => evaluate(snapshot, now).state),
  );
  expect([...states].toSorted()).toEqual(["expired", "needsConsent", "open", "passed", "rejected", "vetoed"]);
});

describe("one more yes", () => {
  /** A valid yes of one of the members, after the `position` first ballots. */
  function withYes(snapshot: Snapshot, who: number, position: number): Snapshot {
    const { members } = snapshot.current.members.value;
    const voter = members[who % members.length]!;
    const before = snapshot.ballots.slice(0, position);
    const more: Ballot = {
      id: "one-more",
      sequence: position * 10 + 1,
      // As late as what came before it, and no later: a forge's order and times agree.
      at: Math.max(opened, ...before.map(({ at }) => at)),
      proposal: snapshot.proposal.id,
      by: accountOf(voter),
      choice: "yes",
      head: snapshot.proposal.head.sha,
      plan: snapshot.proposal.plan,
      signature: { key: voter.sshKeys[0]!, isValid: true },
    };
    return { ...snapshot, ballots: [...snapshot.ballots, more] };
  }
  const inOrder = snapshots.map((snapshot) => {
    let latest = 0;
    const ballots = snapshot.ballots.map((ballot) => {
      latest = Math.max(latest, ballot.at);
      return { ...ballot, at: latest };
    });
    return { ...snapshot, ballots };
  });

  test("never turns passed into something else", () => {
    fc.assert(
      fc.property(inOrder, moments, fc.nat(5), fc.nat(10), (snapshot, now, who, position) => {
        fc.pre(evaluate(snapshot, now).state === "passed");
        const more = evaluate(withYes(snapshot, who, Math.min(position, snapshot.ballots.length)), now);
        expect(more.state).toBe("passed");
      }),
      { ...runs, maxSkipsPerRun: 1_000 },
    );
  });

  test("never lets it pass later", () => {
    fc.assert(
      fc.property(inOrder, moments, fc.nat(5), fc.nat(10), (snapshot, now, who, position) => {
        const before = evaluate(snapshot, now).passesAt;
        fc.pre(before !== undefined);
        const more = evaluate(withYes(snapshot, who, Math.min(position, snapshot.ballots.length)), now);
        expect(more.passesAt).toBeLessThanOrEqual(before!);
      }),
      { ...runs, maxSkipsPerRun: 1_000 },
    );
  });
});

describe("the order", () => {
  test("in which ballots are listed changes nothing, words included", () => {
    fc.assert(
      fc.property(snapshots, moments, fc.integer(), (snapshot, now, seed) => {
        // Two entries of one id and sequence could not be told apart; a forge numbers them.
        const shuffled = snapshot.ballots.toSorted((a, b) => ((a.sequence * seed) % 97) - ((b.sequence * seed) % 97));
        expect(evaluate({ ...snapshot, ballots: shuffled }, now)).toEqual(evaluate(snapshot, now));
      }),
      runs,
    );
  });

  test("of paths and members changes nothing that is decided", () => {
    fc.assert(
      fc.property(snapshots, moments, (snapshot, now) => {
        const { proposal, current } = snapshot;
        const turned: Snapshot = {
          ...snapshot,
          proposal: { ...proposal, changes: proposal.changes.toReversed() },
          current: {
            ...current,
            members: { ...current.members, value: { members: current.members.value.members.toReversed() } },
          },
        };
        expect(decision(evaluate(turned, now))).toEqual(decision(evaluate(snapshot, now)));
      }),
      runs,
    );
  });
});

describe("the electorate is fixed", () => {
  test("whoever joins and votes later changes nothing", () => {
    fc.assert(
      fc.property(snapshots, moments, fc.integer({ min: 1, max: 9 }), (snapshot, now, choice) => {
        const joined = Array.from({ length: 3 }, (_, index) => person(50 + index, { roles: ["member", "maintainer"] }));
        const { current } = snapshot;
        const ballots = joined.map(
          (member, index): Ballot => ({
            id: `new-${index}`,
            sequence: choice * 10 + index,
            at: opened,
            proposal: snapshot.proposal.id,
            by: accountOf(member),
            choice: choice % 2 === 0 ? "yes" : "no",
            head: snapshot.proposal.head.sha,
            plan: snapshot.proposal.plan,
            isReasoned: true,
          }),
        );
        const grown: Snapshot = {
          ...snapshot,
          current: { ...current, members: membersOf(...current.members.value.members, ...joined) },
          ballots: [...snapshot.ballots, ...ballots],
        };
        expect(decision(evaluate(grown, now))).toEqual(decision(evaluate(snapshot, now)));
      }),
      runs,
    );
  });
});

describe("time", () => {
  const after: Record<Verdict["state"], readonly Verdict["state"][]> = {
    open: ["open", "needsConsent", "passed", "rejected", "expired"],
    needsConsent: ["needsConsent", "rejected"],
    passed: ["passed", "expired"],
    rejected: ["rejected"],
    vetoed: ["vetoed"],
    expired: ["expired"],
  };

  test("without new ballots goes one way only", () => {
    fc.assert(
      fc.property(snapshots, moments, moments, (snapshot, one, other) => {
        const { merged: _, ...unmerged } = snapshot;
        // Nobody judges a head before it is there; what was said of it by then begins to count in that moment.
        const { openedAt, head } = unmerged.proposal;
        const [earlier, later] = [one, other]
          .map((moment) => Math.max(moment, openedAt, head.since))
          .sort((a, b) => a - b) as [number, number];
        const still = { ...unmerged, ballots: snapshot.ballots.filter(({ at }) => at <= earlier) };
        expect(after[evaluate(still, earlier).state]).toContain(evaluate(still, later).state);
      }),
      runs,
    );
  });

  test("a verdict for a moment is the same whatever comes after it", () => {
    fc.assert(
      fc.property(snapshots, moments, (snapshot, now) => {
        const { merged, ...unmerged } = snapshot;
        const sorted = snapshot.ballots.toSorted((a, b) => a.sequence - b.sequence);
        let latest = 0;
        const known = sorted.filter(({ at }) => {
          latest = Math.max(latest, at);
          return latest <= now;
        });
        // Ballots that can never count do not move the others' times: leave only those whose order and times agree.
        fc.pre(sorted.every(({ at }, index) => index === 0 || at >= sorted[index - 1]!.at));
        const then = { ...unmerged, ballots: known, ...(merged && merged.at <= now && { merged }) };
        expect(decision(evaluate(then, now))).toEqual(
          decision(evaluate(merged && merged.at > now ? unmerged : snapshot, now)),
        );
      }),
      { ...runs, maxSkipsPerRun: 1_000 },
    );
  });

  test("of passing is kept: not a millisecond before, and from then on", () => {
    fc.assert(
      fc.property(snapshots, moments, (given, now) => {
        const { merged: _, ...snapshot } = { ...given, ballots: given.ballots.filter(({ at }) => at <= now) };
        const { passesAt } = evaluate(snapshot, now);
        fc.pre(passesAt !== undefined && passesAt > now);
        expect(evaluate(snapshot, passesAt! - 1).state).not.toBe("passed");
        expect(evaluate(snapshot, passesAt!).state).toBe("passed");
      }),
      { numRuns: 80, maxSkipsPerRun: 5_000 },
    );
  });
});

describe("the strictest class", () => {
  test("what passes under it passes under the class before it too, within the time of that", () => {
    fc.assert(
      fc.property(snapshots, moments, (snapshot, now) => {
        const changing = (...paths: string[]) => ({
          ...snapshot,
          proposal: { ...snapshot.proposal, changes: paths.map((path) => change(path)) },
        });
        const both = evaluate(changing("models/a.yaml", "routes/b.yaml"), now);
        fc.pre(both.state === "passed" && both.passesAt! < opened + 12 * hour);
        expect(["passed", "expired"]).toContain(evaluate(changing("models/a.yaml"), now).state);
      }),
      { numRuns: 100, maxSkipsPerRun: 5_000 },
    );
  });
});

test("every verdict is plain data with a sentence for each reason", () => {
  fc.assert(
    fc.property(snapshots, moments, (snapshot, now) => {
      const verdict = evaluate(snapshot, now);
      expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
      for (const { sentence } of verdict.reasons) expect(sentence).toMatch(/^[^\s].*[.]$/s);
    }),
    { numRuns: 100 },
  );
});
