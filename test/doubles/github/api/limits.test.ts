import { describe, expect, test } from "vitest";
import type { GitHubDouble } from "../double.ts";
import { ask, installationToken, policy, start } from "../github.fixture.ts";
import { defaultLimits } from "./limits.ts";

const reader = (double: GitHubDouble): string =>
  double.admin.createToken("alice", { permissions: { contents: "read", pull_requests: "read" } }).text;

describe("the quota of an hour", () => {
  test("is counted down, and given back when the hour ends", async () => {
    const { double, clock } = await start({ limits: { ...defaultLimits, requestsPerHour: 2 } });
    const token = reader(double);
    const left = async (): Promise<string | null> =>
      (await ask(double, policy, { token })).headers.get("x-ratelimit-remaining");
    expect([await left(), await left()]).toEqual(["1", "0"]);
    const refused = await ask(double, policy, { token });
    expect(refused.status).toBe(403);
    expect(refused.body["message"]).toContain("API rate limit exceeded");
    const reset = Number(refused.headers.get("x-ratelimit-reset"));
    expect(reset * 1_000).toBe(clock.now() + 3_600_000);
    await clock.advance(3_600_000);
    expect(await left()).toBe("1");
  });

  test("is not touched by an answer that nothing changed", async () => {
    const { double } = await start();
    const token = reader(double);
    const first = await ask(double, policy, { token });
    const again = await ask(double, policy, { token, headers: { "if-none-match": first.headers.get("etag") } });
    expect(again.status).toBe(304);
    expect(again.headers.get("x-ratelimit-used")).toBe(first.headers.get("x-ratelimit-used"));
  });

  test("is not touched by asking for it", async () => {
    const { double } = await start();
    const token = reader(double);
    await ask(double, "/rate_limit", { token });
    const { body } = await ask(double, "/rate_limit", { token });
    expect(body["rate"]).toMatchObject({ limit: 5_000, used: 0, remaining: 5_000 });
  });

  test("is an account's, whatever the token, and another one for the installation and for nobody", async () => {
    const { double } = await start();
    const used = async (token?: string): Promise<string | null> =>
      (await ask(double, policy, token === undefined ? {} : { token })).headers.get("x-ratelimit-used");
    expect([await used(reader(double)), await used(reader(double))]).toEqual(["1", "2"]);
    expect(await used(await installationToken(double))).toBe("1");
    expect(await used()).toBe("1");
  });

  test("a new token of the installation gets whole answers, for the tag depends on it", async () => {
    const { double } = await start();
    const first = await ask(double, policy, { token: await installationToken(double) });
    const headers = { "if-none-match": first.headers.get("etag") };
    const next = await ask(double, policy, { token: await installationToken(double), headers });
    expect(next.status).toBe(200);
  });
});

describe("the limit on changes in a minute", () => {
  test("refuses with the time to wait, and lets reading go on", async () => {
    const { double, clock } = await start({ limits: { ...defaultLimits, changesPerMinute: 1 } });
    const token = await installationToken(double);
    const { number } = await double.as("alice").propose("Add a file", { "a.txt": "1\n" });
    const comment = { token, method: "POST", body: { body: "x" } };
    const path = `${policy}/issues/${number}/comments`;
    expect((await ask(double, path, comment)).status).toBe(201);
    await clock.advance(20_000);
    const refused = await ask(double, path, comment);
    expect(refused.status).toBe(403);
    expect(refused.body["message"]).toContain("secondary rate limit");
    expect(refused.headers.get("retry-after")).toBe("40");
    expect((await ask(double, path, { token })).status).toBe(200);
    await clock.advance(40_000);
    expect((await ask(double, path, comment)).status).toBe(201);
  });
});
