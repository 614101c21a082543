/** How a start brings what it wants into force: what it does itself, what it waits for, and what it says where it cannot go on. */
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decisionName } from "../../../../governance/mirror/entries.ts";
import { type DecisionState, decisions } from "../../../../operator/apis/decision.ts";
import { rfc3339 } from "../../../../operator/clock/clock.ts";
import { ManualClock } from "../../../../operator/clock/manual.ts";
import { Community, flags, modelText, Service } from "../../../policy/community.fixture.ts";
import { memoryClient } from "../memory-client.fixture.ts";
import { type Begun, begin } from "./begin.ts";
import { type Decided, decide } from "./decide.ts";

let community: Community;
beforeEach(() => {
  community = new Community();
});
afterEach(() => community.remove());

const id = `git:${"a".repeat(40)}/${"b".repeat(40)}`;
const proposed = (more: object = {}): Begun => ({
  state: "proposed",
  stale: [],
  proposal: { id, title: "Serve second", paths: ["models/second.yaml"], isVoted: true, ...more },
});

function world() {
  const client = memoryClient();
  /** Of the waiting alone: git has the community's. */
  const clock = new ManualClock(community.clock.now());
  const said: string[] = [];
  const woken: number[] = [];
  let [version, trouble]: [number, string | undefined] = [0, undefined];
  const step = (title: string) => ({ update: () => {}, done: (text: string) => void said.push(`${title}: ${text}`) });
  const put = (state: DecisionState, status: object = {}, of = id): void => {
    const metadata = { name: decisionName({ proposal: of }), resourceVersion: String(++version) };
    const decision = { metadata, spec: { title: "Serve second" }, status: { state, ...status } };
    client.objects.set(`${decisions.plural}/${metadata.name}`, decision as never);
  };
  const run = async (begun: Begun): Promise<Decided> => {
    const key = join(community.home("alice"), ".ssh", "id_ed25519");
    let isOver = false;
    const deciding = decide(begun, step("proposal"), {
      flags: { ...flags, repository: community.url, key },
      around: community.around("alice", community.folder),
      ...{ client, clock, signal: new AbortController().signal },
      display: { step } as never,
      wake: async () => void woken.push(clock.now()),
      trouble: () => trouble,
    }).finally(() => {
      isOver = true;
    });
    deciding.catch(() => undefined);
    while (!isOver) {
      await clock.advance(200);
      // Git is a process of its own, and needs its time.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return deciding;
  };
  const troubled = (text: string): void => {
    trouble = text;
  };
  return { client, clock, said, woken, put, run, troubled };
}

const record = { index: 7, kind: "ratified", at: "2026-02-01T00:00:00Z" };
const merge = "c".repeat(40);

describe("a start decides", () => {
  test("nothing where it wants nothing and nothing was decided", async () => {
    const { said, run } = world();
    expect(await run({ state: "same", last: undefined, stale: [] })).toEqual({ state: "same" });
    expect(said).toEqual(["proposal: none: what is decided is what this machine needs"]);
  });

  test("nothing where the branch holds what nobody ratified, and says how to take it back", async () => {
    const { said, woken, run } = world();
    const held = { state: "held", paths: ["models/x.yaml"], revert: "refs/heads/reverts/1", stale: [] } as const;
    const decided = await run(held);
    expect(decided).toMatchObject({ state: "undecided", why: expect.stringContaining("in models/x.yaml") });
    expect(said[0]).toContain(`git -C ${community.url} update-ref refs/heads/main refs/heads/reverts/1`);
    expect(woken).toEqual([]);
  });

  test("what passed and was merged by an earlier start, to the end of its timelock", async () => {
    const { said, put, run, client, clock } = world();
    const appliesAt = rfc3339(community.clock.now() + 2_000);
    const status = { merge, appliesAt, records: [record], tally: { inFavour: 1, electors: 3 }, class: "routine" };
    put("ratified", { ...status, quorum: "1 of 1 (cast)" });
    client.beforeGet = () => {
      if (clock.now() >= Date.parse(appliesAt)) put("applying", status);
    };
    expect(await run(proposed())).toMatchObject({ state: "decided", decision: { status: { state: "applying" } } });
    expect(said).toEqual([
      expect.stringContaining("Serve second: models/second.yaml"),
      "vote: 1 of 3 in favour; class routine, quorum 1 of 1 (cast)",
      `verified: merge ${merge.slice(0, 12)} is ratified, record 7 of the decision log`,
      "timelock: 2 s, over",
    ]);
  });

  test("goes on with what was decided last and is not in force yet", async () => {
    const { put, run } = world();
    put("applying");
    expect(await run({ state: "same", last: id, stale: [] })).toMatchObject({ state: "decided" });
  });

  test("with its own vote, and tells governance of it", async () => {
    await Service.begin(community);
    const key = join(community.home("alice"), ".ssh", "id_ed25519");
    const options = { ...flags, repository: community.url, key };
    const wish = { title: "Serve second", files: { "models/second.yaml": modelText("second") } };
    const begun = await begin(
      options,
      community.around("alice", community.folder),
      community.keys.alice,
      async () => wish,
    );
    if (begun.state !== "proposed") throw new Error(begun.state);
    const { said, woken, put, run } = world();
    put("applied", { merge, records: [record] }, begun.proposal.id);
    expect(await run(begun)).toMatchObject({ state: "decided" });
    expect(woken).toHaveLength(2);
    expect(community.refs("refs/").filter((ref) => /ballot|vote/.test(ref))).toHaveLength(1);
    expect(said[1]).toMatch(/^vote: /);
  });
});

describe("a start does not decide", () => {
  test.each<[string, DecisionState]>([
    ["was rejected", "rejected"],
    ["was vetoed", "vetoed"],
    ["is too old", "expired"],
    ["was closed", "closed"],
    ["was merged without having passed", "unratified"],
  ])("what %s: it fails with governance's reasons", async (_, state) => {
    const { put, run } = world();
    put(state, { reasons: ["Two said no."] });
    await expect(run(proposed())).rejects.toThrow(`"Serve second" is ${state}: Two said no.`);
  });

  test("what needs somebody else's vote: it says what is missing, and leaves the proposal", async () => {
    const { said, put, run } = world();
    put("open", { reasons: ["One vote is missing."] });
    const decided = await run(proposed());
    expect(decided).toMatchObject({ state: "undecided", why: expect.stringContaining("One vote is missing.") });
    expect(said.at(-1)).toBe("vote: waits: One vote is missing.");
  });

  test("what governance is silent about: it says governance's own trouble", async () => {
    const { run, troubled } = world();
    troubled("the forge is away");
    expect(await run(proposed())).toMatchObject({
      state: "undecided",
      why: expect.stringContaining("the forge is away"),
    });
  });

  test("what waits for a timelock longer than anybody would", async () => {
    const { said, put, run } = world();
    const appliesAt = rfc3339(community.clock.now() + 3_600_000);
    put("ratified", { merge, appliesAt, records: [record] });
    expect(await run(proposed())).toEqual({
      state: "undecided",
      why: expect.stringContaining(`ends at ${appliesAt}`),
    });
    expect(said.at(-1)).toContain("what is in force stays until then");
  });

  test("what is ratified and never applied: it fails, with what it waited for", async () => {
    const { put, run } = world();
    put("ratified", { merge, records: [record] });
    await expect(run(proposed())).rejects.toThrow(/^what was decided is not applied: /);
  });
});
