/**
 * An App's right to act: a token of one hour for its installation on the policy repository, asked for with a statement that
 * the App's key signs. `@octokit/auth-app` would do the same, but by this machine's clock and with timers of its own;
 * here GitHub's clock is what counts, so a wrong one on this machine does not lock the service out.
 * https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
 */
import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { z } from "zod";
import { ForgeError } from "../../forge.ts";
import type { Authorizer, GitHubApi } from "../api/api.ts";
import { isAbsence } from "../api/failure.ts";
import { appShape, installationTokenShape, madeShape } from "../api/shapes.ts";
import type { splitName } from "../place.ts";
import type { GitHubCredentials } from "./credentials.ts";

/** A token is renewed this long before its end. */
const renewBeforeMs = 5 * 60_000;
/** GitHub takes ten minutes at most; a minute back in time, for clocks that differ. */
const statement = { backS: 60, lifetimeS: 540 } as const;

export class AppAuthorizer implements Authorizer {
  readonly #api: GitHubApi;
  readonly #repository: ReturnType<typeof splitName>;
  readonly #only: { readonly repository_ids: readonly number[] } | { readonly repositories: readonly string[] };
  readonly #app: AppItself;
  #installation: number | undefined;
  #slug: string | undefined;
  #token: { text: string; expiresAt: number } | undefined;
  #pending: Promise<string> | undefined;

  constructor(
    credentials: Extract<GitHubCredentials, { kind: "app" }>,
    repository: ReturnType<typeof splitName>,
    repositoryId: number | undefined,
    api: GitHubApi,
  ) {
    this.#api = api;
    this.#repository = repository;
    this.#only = repositoryId === undefined ? { repositories: [repository.repo] } : { repository_ids: [repositoryId] };
    this.#app = new AppItself(credentials.appId, credentials.privateKey, api);
    this.#installation = credentials.installationId;
  }

  async authorization(signal: AbortSignal): Promise<string> {
    const now = this.#api.now();
    if (this.#token && this.#token.expiresAt - renewBeforeMs > now) return `Bearer ${this.#token.text}`;
    // Several requests at a time need one token.
    this.#pending ??= this.#renew(signal).finally(() => {
      this.#pending = undefined;
    });
    return `Bearer ${await this.#pending}`;
  }

  /** As whom the App writes, `slug[bot]`; nobody can have such a login. */
  async botLogin(signal: AbortSignal): Promise<string> {
    this.#slug ??= (await this.#api.get(this.#app, "GET /app", {}, appShape, signal)).slug;
    return `${this.#slug}[bot]`;
  }

  /** A token may be revoked before its end: another one is asked for, once. */
  refused(): boolean {
    this.#token = undefined;
    return true;
  }

  async #renew(signal: AbortSignal): Promise<string> {
    this.#installation ??= await this.#findInstallation(signal);
    try {
      const { token, expires_at: expiresAt } = await this.#api.change(
        this.#app,
        "POST /app/installations/{installation_id}/access_tokens",
        // Whatever else the App is installed on is none of our business. A number outlives a change of name.
        { installation_id: this.#installation, ...this.#only },
        installationTokenShape,
        signal,
      );
      this.#token = { text: token, expiresAt };
      return token;
    } catch (error) {
      if (!isAbsence(error)) throw error;
      // Where it is installed again, that has another number.
      this.#installation = undefined;
      const { owner, repo } = this.#repository;
      throw new ForgeError(
        "refused",
        `the App may not see ${owner}/${repo} any more: the repository was transferred or deleted, or the App was removed from it; install it there again`,
        { cause: error },
      );
    }
  }

  async #findInstallation(signal: AbortSignal): Promise<number> {
    const route = "GET /repos/{owner}/{repo}/installation";
    const { id } = await this.#api.get(this.#app, route, this.#repository, madeShape, signal);
    return id;
  }
}

/** The App as itself, which may do little more than ask for a token. */
class AppItself implements Authorizer {
  readonly #appId: number;
  readonly #key: KeyObject;
  readonly #api: GitHubApi;

  constructor(appId: number, privateKey: string, api: GitHubApi) {
    this.#appId = z.int().positive().parse(appId);
    this.#key = keyOf(privateKey);
    this.#api = api;
  }

  async authorization(): Promise<string> {
    return `Bearer ${appStatement(this.#appId, this.#key, this.#api.now())}`;
  }

  /** The refusal told what time it is at GitHub. */
  refused(): boolean {
    return true;
  }
}

/** A JSON Web Token (RFC 7519) with RS256, the only kind that GitHub takes. */
export function appStatement(appId: number, key: KeyObject, now: number): string {
  const nowS = Math.floor(now / 1_000);
  const claims = { iat: nowS - statement.backS, exp: nowS + statement.lifetimeS, iss: String(appId) };
  const text = [{ alg: "RS256", typ: "JWT" }, claims].map((part) => encoded(JSON.stringify(part))).join(".");
  return `${text}.${encoded(sign("RSA-SHA256", Buffer.from(text), key))}`;
}

function encoded(part: string | Uint8Array): string {
  return Buffer.from(part).toString("base64url");
}

function keyOf(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem);
    if (key.asymmetricKeyType === "rsa") return key;
  } catch {
    // Whatever is wrong with it, the error of the library might show parts of it.
  }
  throw new TypeError("the App's private key is none: give the whole PEM file that GitHub made, RSA");
}
