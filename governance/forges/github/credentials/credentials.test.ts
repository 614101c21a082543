import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../../operator/clock/manual.ts";
import { GitHubApi } from "../api/api.ts";
import type { Fetch } from "../api/bounded-fetch.ts";
import { type Comment, commentShape } from "../api/shapes.ts";
import { appStatement } from "./app.ts";
import { actorOf } from "./credentials.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = String(privateKey.export({ type: "pkcs1", format: "pem" }));
const { signal } = new AbortController();
const repository = { owner: "community", repo: "policy" };

/** A GitHub that knows an App and a user. */
function api(): GitHubApi {
  const answers: Readonly<Record<string, object>> = {
    "/app": { slug: "commonhold" },
    "/user": { id: 77, login: "service", type: "User" },
  };
  const fetch: Fetch = async (url) => Response.json(answers[new URL(String(url)).pathname] ?? { message: "Not Found" });
  return new GitHubApi({ baseUrl: "https://api.example", fetch, clock: new ManualClock(), userAgent: "test" });
}

function comment(user: object | null, byApp?: number): Comment {
  const at = "2026-01-10T00:00:00Z";
  const app = byApp === undefined ? null : { id: byApp };
  const fields = { id: 1, body: "", html_url: "https://x", created_at: at, updated_at: at };
  return commentShape.parse({ ...fields, user, performed_via_github_app: app });
}

const bot = (login: string) => ({ id: 5, login, type: "Bot" });
const person = (id: number) => ({ id, login: `user-${id}`, type: "User" });

describe("an App wrote a comment", () => {
  const actor = actorOf({ kind: "app", appId: 9, privateKey: pem }, repository, 1, api());
  test.each<[string, Comment, boolean]>([
    ["of its bot, as GitHub says", comment(bot("commonhold[bot]"), 9), true],
    ["of its bot, where GitHub does not say by which App", comment(bot("commonhold[bot]")), true],
    ["not of another App's bot", comment(bot("other[bot]"), 8), false],
    ["not of another bot", comment(bot("other[bot]")), false],
    ["not of a person who writes through it", comment(person(3), 9), false],
    ["not of a person", comment(person(3)), false],
    ["not of nobody", comment(null, 9), false],
  ])("%s", async (_, one, isOurs) => expect(await actor.wrote(one, signal)).toBe(isOurs));
});

describe("a token's account wrote a comment", () => {
  const actor = actorOf({ kind: "token", token: "github_pat_x" }, repository, 1, api());
  test.each<[string, Comment, boolean]>([
    ["of its own", comment(person(77)), true],
    ["not of another account", comment(person(3)), false],
    ["not of nobody", comment(null), false],
  ])("%s", async (_, one, isOurs) => expect(await actor.wrote(one, signal)).toBe(isOurs));
});

test("an App's statement is signed, says who and for how long, no longer than GitHub takes", () => {
  const now = Date.UTC(2026, 0, 10);
  const [head = "", body = "", signature = ""] = appStatement(9, privateKey, now).split(".");
  const parsed = (part: string): unknown => JSON.parse(Buffer.from(part, "base64url").toString());
  expect(parsed(head)).toEqual({ alg: "RS256", typ: "JWT" });
  expect(parsed(body)).toEqual({ iss: "9", iat: now / 1_000 - 60, exp: now / 1_000 + 540 });
  const publicKey = createPublicKey(privateKey);
  expect(verify("RSA-SHA256", Buffer.from(`${head}.${body}`), publicKey, Buffer.from(signature, "base64url"))).toBe(
    true,
  );
});
