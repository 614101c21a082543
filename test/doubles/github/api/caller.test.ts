import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { appToken, ask, installationToken, policy, start } from "../github.fixture.ts";

const strangersKey = String(
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" }),
);

describe("an App's own token", () => {
  test("shows the App, where it is installed, and makes tokens of the installation", async () => {
    const { double } = await start({ visibility: "private" });
    const token = appToken(double);
    const app = await ask(double, "/app", { token });
    expect(app.body).toMatchObject({ id: double.app.id, slug: "commonhold", client_id: "Iv23commonhold" });
    const found = await ask(double, `${policy}/installation`, { token });
    expect(found.body).toMatchObject({ id: double.installation.id, app_id: double.app.id });
    const made = await ask(double, `/app/installations/${double.installation.id}/access_tokens`, {
      token,
      method: "POST",
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ token: expect.stringMatching(/^ghs_/), expires_at: "2026-01-01T01:00:00Z" });
  });

  test("may name the App by its client id", async () => {
    const { double } = await start();
    const token = appToken(double, { claims: { iss: "Iv23commonhold" } });
    expect((await ask(double, "/app", { token })).status).toBe(200);
  });

  const second = 1;
  const refusals: Record<
    string,
    { change: (now: number) => Parameters<typeof appToken>[1]; words: string; status?: number }
  > = {
    "one that has expired is refused": {
      change: (now) => ({ claims: { exp: now - second } }),
      words: "'Expiration time' claim ('exp') must be a numeric value",
    },
    "one that lives for more than ten minutes is refused": {
      change: (now) => ({ claims: { exp: now + 700 * second } }),
      words: "'Expiration time' claim ('exp') is too far in the future",
    },
    "one from the future is refused": {
      change: (now) => ({ claims: { iat: now + 90 * second } }),
      words: "'Issued at' claim ('iat') must be an Integer",
    },
    "one that another key signed is refused": {
      change: () => ({ key: strangersKey }),
      words: "A JSON web token could not be decoded",
    },
    "one that says that it is not signed is refused": {
      change: () => ({ header: { alg: "none" } }),
      words: "A JSON web token could not be decoded",
    },
    "one of an App that does not exist is not found": {
      change: () => ({ claims: { iss: "1" } }),
      words: "Integration not found",
      status: 404,
    },
  };
  test.each(Object.entries(refusals))("%s", async (_, { change, words, status = 401 }) => {
    const { double, clock } = await start();
    const token = appToken(double, change(Math.floor(clock.now() / 1_000)));
    const answer = await ask(double, "/app", { token });
    expect(answer.status).toBe(status);
    expect(answer.body["message"]).toContain(words);
  });
});

describe("an installation's token", () => {
  test("ends after an hour", async () => {
    const { double, clock } = await start({ visibility: "private" });
    const token = await installationToken(double);
    expect((await ask(double, policy, { token })).status).toBe(200);
    await clock.advance(3_600_000);
    expect((await ask(double, policy, { token })).body).toMatchObject({ message: "Bad credentials", status: "401" });
  });

  test("can be made with fewer permissions than the installation has, and not with more", async () => {
    const { double } = await start({ visibility: "private", permissions: { checks: "write", contents: "read" } });
    const token = await installationToken(double, { permissions: { contents: "read" } });
    expect((await ask(double, `${policy}/activity`, { token })).status).toBe(200);
    expect((await ask(double, `${policy}/commits/main/check-runs`, { token })).status).toBe(403);
    const path = `/app/installations/${double.installation.id}/access_tokens`;
    const body = { permissions: { contents: "write" } };
    const refused = await ask(double, path, { token: appToken(double), method: "POST", body });
    expect(refused.status).toBe(422);
  });

  test("loses at once what is taken from the installation", async () => {
    const { double } = await start({ visibility: "private" });
    const token = await installationToken(double);
    expect((await ask(double, `${policy}/pulls`, { token })).status).toBe(200);
    double.admin.setPermissions({ contents: "read" });
    const refused = await ask(double, `${policy}/pulls`, { token });
    expect(refused.body).toMatchObject({ message: "Resource not accessible by integration", status: "403" });
    expect(refused.headers.get("x-accepted-github-permissions")).toBe("pull_requests=read");
  });

  test("is of no use while the installation is suspended, and after it is gone", async () => {
    const { double } = await start();
    const token = await installationToken(double);
    double.admin.suspendInstallation();
    expect((await ask(double, policy, { token })).status).toBe(403);
    double.admin.suspendInstallation(false);
    expect((await ask(double, policy, { token })).status).toBe(200);
    double.admin.uninstall();
    expect((await ask(double, policy, { token })).status).toBe(401);
  });

  test("is nobody's: it has no account to show", async () => {
    const { double } = await start();
    expect((await ask(double, "/user", { token: await installationToken(double) })).status).toBe(403);
  });
});

describe("a person's token", () => {
  test("shows whose it is", async () => {
    const { double } = await start();
    const { text } = double.admin.createToken("alice", { permissions: {} });
    const { body } = await ask(double, "/user", { token: text });
    expect(body).toMatchObject({ login: "alice", id: double.as("alice").account.id });
  });

  test("ends when it says, and when it is taken back, and with its account", async () => {
    const { double, clock } = await start();
    const make = (login: string, expiresAt = clock.now() + 1_000): string =>
      double.admin.createToken(login, { permissions: {}, expiresAt }).text;
    const [expiring, revoked, orphaned] = [make("alice"), make("alice", Infinity), make("bob", Infinity)];
    const status = async (token: string): Promise<number> => (await ask(double, policy, { token })).status;
    expect([await status(expiring), await status(revoked), await status(orphaned)]).toEqual([200, 200, 200]);
    await clock.advance(1_000);
    double.admin.revokeToken(revoked);
    double.admin.deleteUser("bob");
    expect([await status(expiring), await status(revoked), await status(orphaned)]).toEqual([401, 401, 401]);
  });

  const permissions = { contents: "read", pull_requests: "read" } as const;
  const refusals: Record<string, { method: string; path: string; body?: object; status: number; words: string }> = {
    "without write on contents no ref is made": {
      method: "POST",
      path: "/git/refs",
      body: { ref: "refs/heads/x", sha: "f".repeat(40) },
      status: 403,
      words: "Resource not accessible by personal access token",
    },
    "without statuses none are read": {
      method: "GET",
      path: "/commits/main/statuses",
      status: 403,
      words: "Resource not accessible by personal access token",
    },
    "without write on pull requests nothing is commented": {
      method: "POST",
      path: "/issues/1/comments",
      body: { body: "x" },
      status: 403,
      words: "Resource not accessible by personal access token",
    },
  };
  test.each(Object.entries(refusals))("%s", async (_, { method, path, body, status, words }) => {
    const { double } = await start({ visibility: "private" });
    const token = double.admin.createToken("alice", { permissions }).text;
    const answer = await ask(double, policy + path, { token, method, ...(body && { body }) });
    expect(answer.status).toBe(status);
    expect(answer.body["message"]).toBe(words);
  });

  test("does not know of a private repository that is not named in it, or that its owner may not see", async () => {
    const { double } = await start({ visibility: "private" });
    double.admin.addUser("stranger");
    const outsider = double.admin.createToken("stranger", { permissions: { contents: "read" } }).text;
    const elsewhere = double.admin.createToken("alice", { permissions: { contents: "read" }, repositories: [] }).text;
    for (const token of [outsider, elsewhere]) {
      expect((await ask(double, policy, { token })).body).toMatchObject({ message: "Not Found", status: "404" });
    }
  });
});

describe("another App", () => {
  test("shows its own name on its checks, and cannot change those of others", async () => {
    const { double } = await start();
    const ours = await installationToken(double);
    const { app, token } = double.admin.addApp("imposter", { checks: "write" });
    const run = { name: "plan", head_sha: double.head(), conclusion: "success" };
    const make = (by: string) => ask(double, `${policy}/check-runs`, { token: by, method: "POST", body: run });
    const [first, second] = [await make(ours), await make(token)];
    expect([first, second].map(({ body }) => body["app"])).toMatchObject([
      { slug: "commonhold" },
      { slug: "imposter" },
    ]);
    const change = { token, method: "PATCH", body: { conclusion: "failure" } };
    const refused = await ask(double, `${policy}/check-runs/${first?.body["id"]}`, change);
    expect(refused.status).toBe(403);
    expect(refused.body["message"]).toContain("can only be modified by the GitHub App that created it");
    const own = await ask(double, `${policy}/commits/main/check-runs?app_id=${app.id}`);
    expect(own.body["total_count"]).toBe(1);
    expect((await ask(double, `${policy}/commits/main/check-runs`)).body["total_count"]).toBe(2);
  });
});

describe("nobody", () => {
  test("reads what is public, and changes nothing", async () => {
    const { double } = await start({ visibility: "public" });
    expect((await ask(double, `${policy}/pulls`)).status).toBe(200);
    const change = { method: "POST", body: { ref: "refs/heads/x", sha: "f".repeat(40) } };
    expect((await ask(double, `${policy}/git/refs`, change)).status).toBe(401);
  });

  test("does not know of what is private", async () => {
    const { double } = await start({ visibility: "private" });
    expect((await ask(double, policy)).status).toBe(404);
  });
});
