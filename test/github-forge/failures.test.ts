/** GitHub down, slow, limiting, or without a permission: what the forge answers, and how long it waits. */
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Forge, ForgeError } from "../../governance/forges/forge.ts";
import type { Fault } from "../doubles/github/api/faults.ts";
import { World } from "./world.ts";

let world: World;
let token: string;
beforeAll(async () => {
  world = await World.start();
  await world.double.as("alice").propose("One", { "a.yaml": "a: 1\n" });
  const credentials = world.token();
  token = credentials.kind === "token" ? credentials.token : "";
});
afterAll(() => world.stop());
afterEach(() => world.double.faults.clear());

const fresh = (): Forge => world.forge({ kind: "token", token });
const failure = (promise: Promise<unknown>): Promise<ForgeError> =>
  promise.then(
    () => {
      throw new Error("it did not fail");
    },
    (error) => error,
  );

describe("while GitHub", () => {
  test.each<[string, Fault, Partial<ForgeError>]>([
    ["answers 500", { kind: "status", status: 500 }, { code: "unreachable", isTransient: true }],
    ["answers 502 with a page for people", { kind: "status", status: 502 }, { code: "unreachable", isTransient: true }],
    ["answers 200 with a page for people", { kind: "status", status: 200, body: "<html>" }, { code: "unreachable" }],
    [
      "answers something else",
      { kind: "status", status: 200, body: { id: "x" } },
      { code: "invalid", isTransient: false },
    ],
    ["closes the connection", { kind: "close" }, { code: "unreachable", isTransient: true }],
    ["answers half", { kind: "cut" }, { code: "unreachable", isTransient: true }],
    ["loses its answer", { kind: "lost" }, { code: "unreachable", isTransient: true }],
    [
      "lets nobody in",
      { kind: "status", status: 403, body: { message: "Repository access blocked" } },
      { code: "refused" },
    ],
    ["has blocked it by law", { kind: "status", status: 451, body: { message: "Unavailable" } }, { code: "invalid" }],
    [
      "limits us for some seconds",
      { kind: "secondary-limit", retryAfterSeconds: 7 },
      { code: "limited", isTransient: true, retryAfterMs: 7_000 },
    ],
    [
      "limits us with 429",
      { kind: "secondary-limit", retryAfterSeconds: 7, status: 429 },
      { code: "limited", retryAfterMs: 7_000 },
    ],
    ["limits us and does not say how long", { kind: "secondary-limit" }, { code: "limited", retryAfterMs: 60_000 }],
  ])("%s, that is what the error says, and no token is in it", async (_, fault, expected) => {
    world.double.faults.add("GET /repos/community/policy", fault);
    const error = await failure(fresh().identify(world.signal));
    expect(error).toMatchObject({ name: "ForgeError", ...expected });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(token);
    expect(error.message).not.toContain("undefined");
  });

  test("does not answer, the forge gives up in time", async () => {
    world.double.faults.add("GET /repos/community/policy", { kind: "hang" });
    const from = world.double.requests.length;
    const asked = failure(fresh().identify(world.signal));
    await expect.poll(() => world.double.requests.length).toBeGreaterThan(from);
    await world.clock.advance(30_000);
    expect(await asked).toMatchObject({ code: "unreachable", isTransient: true });
  });

  test("hangs, a stop ends the wait at once", async () => {
    world.double.faults.add("GET /repos/community/policy", { kind: "hang" });
    const abort = new AbortController();
    const from = world.double.requests.length;
    const asked = failure(fresh().identify(abort.signal));
    await expect.poll(() => world.double.requests.length).toBeGreaterThan(from);
    const reason = new Error("stopping");
    abort.abort(reason);
    expect(await asked).toBe(reason);
  });

  test("is down, the forge says so, and goes on when it is back", async () => {
    const forge = fresh();
    await forge.identify(world.signal);
    await world.double.goDown();
    expect(await failure(forge.proposals(0, world.signal))).toMatchObject({ code: "unreachable" });
    await world.double.start();
    expect((await forge.proposals(0, world.signal)).proposals).toHaveLength(1);
  });

  test("limits us, nothing is asked until the time is over", async () => {
    const forge = fresh();
    world.double.faults.add("GET /repos/community/policy", { kind: "secondary-limit", retryAfterSeconds: 7 });
    await failure(forge.identify(world.signal));
    const from = world.double.requests.length;
    await world.clock.advance(6_900);
    expect(await failure(forge.identify(world.signal))).toMatchObject({ code: "limited", retryAfterMs: 100 });
    expect(world.double.requests.length).toBe(from);
    await world.clock.advance(100);
    expect(await forge.identify(world.signal)).toMatchObject({ name: "community/policy" });
  });

  test("has no more for us in this hour, nothing is asked until the hour is over", async () => {
    const forge = fresh();
    world.double.faults.add("GET /repos/community/policy", { kind: "primary-limit" });
    const { retryAfterMs = 0 } = await failure(forge.identify(world.signal));
    expect(retryAfterMs).toBeGreaterThan(60_000);
    expect(retryAfterMs).toBeLessThanOrEqual(3_602_000);
    await world.clock.advance(retryAfterMs);
    expect(await forge.identify(world.signal)).toMatchObject({ name: "community/policy" });
  });

  test("cannot show what was said on one pull request, that one is left out, and the others are there", async () => {
    const { number } = await world.double.as("bob").propose("Two", { "b.yaml": "b: 1\n" });
    const gone = { kind: "status", status: 404, body: { message: "Not Found" } } as const;
    world.double.faults.add(`GET /repos/community/policy/pulls/${number}/reviews`, gone);
    const forge = fresh();
    const { proposals, omitted } = await forge.proposals(0, world.signal);
    expect([proposals.map(({ label }) => label), omitted]).toEqual([["#1"], 1]);
    expect((await forge.proposals(0, world.signal)).omitted).toBe(0);
  });

  test("fails in the middle of a pass, all of the pass fails: half of the votes is no vote", async () => {
    const forge = fresh();
    world.double.faults.add("GET /repos/community/policy/issues/1/comments", { kind: "status", status: 503 });
    expect(await failure(forge.proposals(0, world.signal))).toMatchObject({ code: "unreachable" });
  });
});

test("a permission that is missing is named with where to look", async () => {
  const { text } = world.double.admin.createToken("service", {
    permissions: { contents: "write", pull_requests: "read" },
  });
  const forge = world.forge({ kind: "token", token: text });
  const commit = world.double.head() ?? "";
  const report = { commit, state: "success", title: "ratified", summary: "" } as const;
  const error = await failure(forge.reportCommit(report, world.signal));
  expect(error).toMatchObject({ code: "refused", isTransient: false });
  expect(error.message).toContain("docs/reference/github-permissions.md");
});
