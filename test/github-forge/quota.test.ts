/** What reading costs of GitHub's quota, and that nobody can use up another's share. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { World } from "./world.ts";

// Hundreds of pull requests take the double a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let world: World;
beforeEach(async () => {
  world = await World.start();
});
afterEach(() => world.stop());

const counted = (): number => world.double.requests.filter(({ status }) => status !== 304).length;

test("a pass in which nothing changed costs nothing", async () => {
  const forge = world.forge(world.token());
  await world.double.as("alice").propose("One", { "a.yaml": "a: 1\n" });
  await world.double.as("bob").propose("Two", { "b.yaml": "b: 1\n" });
  await world.clock.advance(10_000);
  await forge.identify(world.signal);
  await forge.proposals(0, world.signal);
  const [before, asked] = [counted(), world.double.requests.length];
  for (let pass = 0; pass < 3; pass++) {
    await world.clock.advance(60_000);
    await forge.identify(world.signal);
    expect((await world.proposals(forge)).map(({ label }) => label)).toEqual(["#1", "#2"]);
  }
  expect(counted()).toBe(before);
  expect(world.double.requests.length - asked).toBe(9);
});

test("of what changed only that is read", async () => {
  const forge = world.forge(world.token());
  await world.double.as("alice").propose("One", { "a.yaml": "a: 1\n" });
  await world.double.as("bob").propose("Two", { "b.yaml": "b: 1\n" });
  await world.clock.advance(10_000);
  await forge.proposals(0, world.signal);
  await world.clock.advance(60_000);
  await world.double.as("carol").approve(2);
  const from = world.double.requests.length;
  await forge.proposals(0, world.signal);
  const read = world.requests(from).filter((request) => /reviews|comments|events/.test(request));
  expect(read.every((request) => request.includes("/2/"))).toBe(true);
  expect(read).toHaveLength(3);
});

test("what changed and may not be read now is left out: a vote that is not known may be a veto", async () => {
  const forge = world.forge(world.token());
  await world.double.as("mallory").propose("Theirs", { "a.yaml": "a: 1\n" }, { fork: true });
  await world.clock.advance(10_000);
  expect(await world.proposals(forge)).toHaveLength(1);
  world.double.limits.settings = { ...world.double.limits.settings, requestsPerHour: counted() + 4 };
  await world.double.as("bob").requestChanges(1);
  await world.clock.advance(60_000);
  const omittedIds = [`github:${world.double.repository.id}/1`];
  expect(await forge.proposals(0, world.signal)).toEqual({ proposals: [], omitted: 1, omittedIds });
});

describe("an outsider who opens hundreds of pull requests", () => {
  test("keeps no member's proposal from being read at once, and theirs are read in turn", async () => {
    await world.double.admin.openMany(250, "mallory");
    const { number } = await world.double.as("alice").propose("Ours", { "a.yaml": "a: 1\n" });
    await world.double.as("bob").approve(number);
    const forge = world.forge(world.token());
    const { proposals, omitted } = await forge.proposals(0, world.signal);
    expect(proposals[0]).toMatchObject({ label: `#${number}`, ballots: [{ choice: "yes" }] });
    expect(proposals.length + omitted).toBe(251);
    expect(omitted).toBe(200);
    await world.clock.advance(60_000);
    expect((await forge.proposals(0, world.signal)).omitted).toBe(150);
  });

  test("uses up half of the hour at most: a merge is still seen, and a report still shown", async () => {
    await world.double.admin.openMany(120, "mallory");
    const forge = world.forge(world.token());
    world.double.limits.settings = { ...world.double.limits.settings, requestsPerHour: 300 };
    const left = (): number => {
      const [token] = world.double.world.apps.tokens;
      const account = world.double.world.accounts.named("service");
      if (!token) throw new Error("there is no token");
      return world.double.limits.state({ kind: "token", token, account }).remaining;
    };
    for (let pass = 0; pass < 4; pass++) {
      await world.clock.advance(60_000);
      await forge.proposals(0, world.signal);
    }
    expect(left()).toBeGreaterThan(120);
    const { number } = await world.double.as("alice").propose("Ours", { "a.yaml": "a: 1\n" });
    const commit = await world.double.as("root").merge(number);
    const { proposals } = await forge.proposals(0, world.signal);
    expect(proposals).toContainEqual(expect.objectContaining({ state: "merged", mergeCommit: commit }));
  });
});
