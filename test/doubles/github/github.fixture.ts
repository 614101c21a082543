/** What tests of the double have in common: doubles that end with the test, a clock that stands still, and requests. */
import { createSign } from "node:crypto";
import { afterEach } from "vitest";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { type GitHubDouble, startGitHubDouble } from "./double.ts";
import type { GitHubDoubleSettings } from "./settings.ts";

const started: GitHubDouble[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((double) => double.stop()));
});

export async function start(
  settings: Partial<GitHubDoubleSettings> = {},
): Promise<{ double: GitHubDouble; clock: ManualClock }> {
  const clock = new ManualClock();
  const double = await startGitHubDouble({ clock, ...settings });
  started.push(double);
  return { double, clock };
}

export interface Asked {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export async function ask(
  double: GitHubDouble,
  path: string,
  { token, method, body, headers }: { token?: string; method?: string; body?: unknown; headers?: object } = {},
): Promise<Asked> {
  const answer = await fetch(double.url + path, {
    ...(method && { method }),
    ...(body !== undefined && { body: JSON.stringify(body) }),
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
    redirect: "manual",
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === "" ? {} : JSON.parse(text) };
}

export const policy = "/repos/community/policy";

/** A token of an App as it makes one itself. */
export function appToken(
  double: GitHubDouble,
  change: { claims?: object; header?: object; key?: string } = {},
): string {
  const now = Math.floor(double.settings.clock.now() / 1_000);
  const claims = { iat: now - 60, exp: now + 540, iss: String(double.app.id), ...change.claims };
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
  const signed = `${encode({ alg: "RS256", typ: "JWT", ...change.header })}.${encode(claims)}`;
  const signature = createSign("RSA-SHA256")
    .update(signed)
    .sign(change.key ?? double.app.privateKey, "base64url");
  return `${signed}.${signature}`;
}

export async function installationToken(double: GitHubDouble, body: object = {}): Promise<string> {
  const path = `/app/installations/${double.installation.id}/access_tokens`;
  const answer = await ask(double, path, { token: appToken(double), method: "POST", body });
  return String(answer.body["token"]);
}
