import { describe, expect, test } from "vitest";
import { ask, policy, start } from "../github.fixture.ts";

describe("faults", () => {
  test("the next requests that match fail, and then no more", async () => {
    const { double } = await start();
    double.faults.add("GET /repos/*/pulls", { kind: "status", status: 502, body: { message: "Server Error" } }, 2);
    const status = async (path: string): Promise<number> => (await ask(double, path)).status;
    expect(await status(`${policy}/activity`)).toBe(200);
    expect([await status(`${policy}/pulls?state=all`), await status(`${policy}/pulls`)]).toEqual([502, 502]);
    expect(await status(`${policy}/pulls`)).toBe(200);
  });

  test("a fault can be ended before it is used up", async () => {
    const { double } = await start();
    const end = double.faults.add(/^GET .*per_page=7/, { kind: "status", status: 503, body: {} }, 10);
    expect((await ask(double, `${policy}/pulls?per_page=7`)).status).toBe(503);
    end();
    expect((await ask(double, `${policy}/pulls?per_page=7`)).status).toBe(200);
  });

  test("without a body, GitHub's proxies answer with a page", async () => {
    const { double } = await start();
    double.faults.add("GET *", { kind: "status", status: 502 });
    const answer = await fetch(`${double.url}${policy}`);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([502, "text/html; charset=utf-8"]);
  });

  const broken = { close: "fetch failed", lost: "fetch failed", cut: "terminated" } as const;
  test.each(Object.entries(broken))("an answer that is %s cannot be read", async (kind, words) => {
    const { double } = await start();
    double.faults.add("GET *", { kind: kind as keyof typeof broken });
    await expect(ask(double, policy)).rejects.toThrow(words);
    expect((await ask(double, policy)).status).toBe(200);
  });

  test("what is lost was done all the same", async () => {
    const { double } = await start();
    const { number } = await double.as("alice").propose("Add a file", { "a.txt": "1\n" });
    const token = double.admin.createToken("alice", { permissions: { issues: "write" } }).text;
    const comment = { token, method: "POST", body: { body: "x" } };
    double.faults.add("POST *", { kind: "lost" });
    await expect(ask(double, `${policy}/issues/${number}/comments`, comment)).rejects.toThrow();
    expect((await ask(double, `${policy}/issues/${number}/comments`)).body).toMatchObject([{ body: "x" }]);
  });

  test("a request that hangs ends with its client", async () => {
    const { double } = await start();
    double.faults.add("GET *", { kind: "hang" });
    await expect(fetch(double.url + policy, { signal: AbortSignal.timeout(50) })).rejects.toThrow("timeout");
  });

  test("a slow answer comes when its time has come", async () => {
    const { double, clock } = await start();
    double.faults.add("GET *", { kind: "slow", delayMs: 5_000 });
    let status = 0;
    const slow = ask(double, policy).then((answer) => {
      status = answer.status;
    });
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(status).toBe(0);
    await clock.advance(5_000);
    await slow;
    expect(status).toBe(200);
  });

  test("limits come with GitHub's headers", async () => {
    const { double } = await start();
    double.faults.add("GET *", { kind: "secondary-limit", retryAfterSeconds: 7 });
    const secondary = await ask(double, policy);
    expect([secondary.status, secondary.headers.get("retry-after")]).toEqual([403, "7"]);
    expect(secondary.headers.get("x-ratelimit-remaining")).not.toBe("0");
    double.faults.add("GET *", { kind: "primary-limit", status: 429 });
    const primary = await ask(double, policy);
    expect([primary.status, primary.headers.get("x-ratelimit-remaining")]).toEqual([429, "0"]);
    expect((await ask(double, policy)).status).toBe(403);
  });

  test("a stale answer is what was told before", async () => {
    const { double } = await start();
    const titles = async (): Promise<unknown[]> => {
      const { body } = await ask(double, `${policy}/pulls`);
      return (body as unknown as { title: string }[]).map(({ title }) => title);
    };
    await titles();
    await double.as("alice").propose("Add a file", { "a.txt": "1\n" });
    double.faults.add("GET *", { kind: "stale" });
    expect(await titles()).toEqual([]);
    expect(await titles()).toEqual(["Add a file"]);
  });

  test("git meets them too", async () => {
    const { double } = await start();
    double.faults.add("GET /community/policy.git/*", { kind: "status", status: 503 });
    const refs = `${double.cloneUrl}/info/refs?service=git-upload-pack`;
    expect((await fetch(refs)).status).toBe(503);
    expect((await fetch(refs)).status).toBe(200);
  });

  test("GitHub can be away, and comes back with all that it had", async () => {
    const { double } = await start();
    const { url } = double;
    await double.goDown();
    await expect(ask(double, policy)).rejects.toThrow("fetch failed");
    await double.start();
    expect([double.url, (await ask(double, policy)).status]).toEqual([url, 200]);
  });
});

describe("what does not fit GitHub's description", () => {
  const misuses: Record<string, { path: string; body?: object; method?: string; words: string }> = {
    "a parameter that GitHub does not know is found": {
      path: `${policy}/pulls?status=open`,
      words: "there is no parameter status",
    },
    "a value that a parameter cannot have is found": {
      path: `${policy}/pulls?state=merged`,
      words: "must be equal to one of the allowed values",
    },
    "a body that lacks something is found": {
      path: `${policy}/issues/1/comments`,
      method: "POST",
      body: { text: "x" },
      words: "must have required property 'body'",
    },
  };
  test.each(Object.entries(misuses))("%s in a request, which is refused", async (_, { path, words, ...request }) => {
    const { double } = await start();
    const token = double.admin.createToken("alice", { permissions: { issues: "write" } }).text;
    const answer = await ask(double, path, { token, ...request });
    expect(answer.status).toBe(422);
    expect(double.misuses.join("\n")).toContain(words);
    double.misuses.length = 0;
  });

  test("an answer that does not fit fails the test at its end, and says where", async () => {
    const { double } = await start();
    await double.as("alice").propose("Add a file", { "a.txt": "1\n" });
    // No account of GitHub's has a number that is a text.
    Object.assign(double.as("alice").account, { id: "one" });
    await ask(double, `${policy}/pulls`);
    expect(double.mismatches.join("\n")).toContain("/0/user/id must be integer");
    await expect(double.stop()).rejects.toThrow("/0/user/id must be integer");
    double.mismatches.length = 0;
  });

  test("an operation that the double does not have fails the test at its end", async () => {
    const { double } = await start();
    expect((await ask(double, `${policy}/stargazers`)).status).toBe(404);
    expect(double.misuses.join("\n")).toContain("the double has no GET /repos/community/policy/stargazers");
    double.misuses.length = 0;
  });
});
