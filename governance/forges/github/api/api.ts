/**
 * GitHub's API as this forge uses it: every answer is checked for the shape that is needed, asked for again with its tag, within
 * GitHub's limits. Octokit makes the requests; retrying and throttling are ours, for they have to go by the clock that
 * comes in and by what matters most. A failure is a ForgeError, and no part of it holds a credential.
 */
import { Octokit } from "@octokit/rest";
import { z } from "zod";
import type { Clock } from "../../../../operator/clock/clock.ts";
import { ForgeError } from "../../forge.ts";
import { boundedFetch, defaultFetchBounds, type Fetch } from "./bounded-fetch.ts";
import { Etags, type Remembered } from "./etags.ts";
import { factsOf, forgeErrorOf, isRefusal } from "./failure.ts";
import { Pace } from "./pace.ts";
import { Quota, type Tier } from "./quota.ts";

export interface ApiOptions {
  /** `https://api.github.com`, or another server's. */
  readonly baseUrl: string;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly userAgent: string;
}

/** Gives the value of an `Authorization` header. */
export interface Authorizer {
  authorization(signal: AbortSignal): Promise<string>;
  /** GitHub did not take it. Whether another one can be had. */
  refused(): boolean;
}

/** `GET /repos/{owner}/{repo}/pulls`, as GitHub's documentation writes them. */
export type Route = `${"GET" | "POST" | "PATCH"} /${string}`;
export type Parameters = Readonly<Record<string, unknown>>;

export interface Pages<T> {
  readonly items: readonly T[];
  /** There was more than was asked for. */
  readonly isCut: boolean;
}

const perPage = 100;
const version = "2022-11-28";

export class GitHubApi {
  readonly #octokit: Octokit;
  readonly #clock: Clock;
  readonly #etags = new Etags();
  readonly #quota = new Quota();
  readonly #pace: Pace;
  /** GitHub's clock less ours, ms. */
  #skew = 0;

  constructor({ baseUrl, fetch, clock, userAgent }: ApiOptions) {
    this.#clock = clock;
    this.#pace = new Pace(clock);
    this.#octokit = new Octokit({
      baseUrl,
      userAgent,
      log: silent,
      request: { fetch: boundedFetch(fetch, { clock, ...defaultFetchBounds }) },
    });
  }

  /** GitHub's time, as far as its last answer told it. */
  now(): number {
    return this.#clock.now() + this.#skew;
  }

  allows(tier: Tier): boolean {
    return this.#quota.allows(tier, this.#clock.now());
  }

  /** Whether anything may be changed for those who are no members without keeping others waiting. */
  allowsChangeForOthers(): boolean {
    return this.allows("others") && this.#pace.allowsOthers();
  }

  /** Throws a ForgeError, or the signal's reason. */
  async get<T>(
    by: Authorizer,
    route: Route,
    parameters: Parameters,
    shape: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T> {
    return (await this.#read(by, route, parameters, shape, signal)).value as T;
  }

  /** The pages of a list, `pagesMax` at most. `isEnough`: whether what comes after this item is not wanted. */
  async pages<T>(
    by: Authorizer,
    route: Route,
    parameters: Parameters,
    item: z.ZodType<T>,
    { pagesMax, isEnough = () => false }: { pagesMax: number; isEnough?: (item: T) => boolean },
    signal: AbortSignal,
  ): Promise<Pages<T>> {
    const items: T[] = [];
    for (let page = 1; page <= pagesMax; page++) {
      const asked = { ...parameters, per_page: perPage, page };
      const { value, hasNext } = await this.#read(by, route, asked, z.array(item), signal);
      const found = value as readonly T[];
      items.push(...found);
      const last = found.at(-1);
      if (!hasNext || last === undefined || isEnough(last)) return { items, isCut: false };
    }
    return { items, isCut: true };
  }

  /** POST or PATCH. */
  async change<T>(
    by: Authorizer,
    route: Route,
    parameters: Parameters,
    shape: z.ZodType<T>,
    signal: AbortSignal,
  ): Promise<T> {
    this.#quota.assertOpen(this.#clock.now());
    await this.#pace.turn(signal);
    return shaped(shape, (await this.#send(by, route, parameters, {}, signal)).data, route);
  }

  async #read(
    by: Authorizer,
    route: Route,
    parameters: Parameters,
    shape: z.ZodType,
    signal: AbortSignal,
  ): Promise<Remembered> {
    const key = `${route} ${JSON.stringify(parameters)}`;
    const known = this.#etags.get(key);
    const headers = known ? { "if-none-match": known.etag } : {};
    const answer = await this.#send(by, route, parameters, headers, signal);
    if (answer.status === 304 && known) return known;
    const value = shaped(shape, answer.data, route);
    const etag = answer.headers["etag"];
    const hasNext = /rel="next"/.test(String(answer.headers["link"] ?? ""));
    const weight = Array.isArray(value) ? value.length + 1 : 1;
    const read = { etag: String(etag), value, hasNext, weight };
    if (etag === undefined) this.#etags.delete(key);
    else this.#etags.set(key, read);
    return read;
  }

  /** One more time with other credentials, where there are any; a refusal may also be news of what time it is. */
  async #send(
    by: Authorizer,
    route: Route,
    parameters: Parameters,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answered> {
    for (let attempt = 1; ; attempt++) {
      this.#quota.assertOpen(this.#clock.now());
      const authorization = await by.authorization(signal);
      try {
        const all = { ...headers, authorization, "x-github-api-version": version };
        const answer = await this.#octokit.request(route, { ...parameters, headers: all, request: { signal } });
        this.#observe(answer);
        return answer as Answered;
      } catch (error) {
        signal.throwIfAborted();
        if (isRefusal(error)) {
          this.#observe({ ...factsOf(error) });
          if (error.status === 304) return { status: 304, headers: error.response.headers, data: undefined };
          if (error.status === 401 && attempt === 1 && by.refused()) continue;
        }
        throw forgeErrorOf(error, inWords(route, parameters), this.#quota, this.#clock.now());
      }
    }
  }

  #observe(answer: { status: number; headers: Answered["headers"]; message?: string }): void {
    this.#quota.observe(answer, this.#clock.now());
    const date = Date.parse(String(answer.headers["date"] ?? ""));
    if (Number.isFinite(date)) this.#skew = date - this.#clock.now();
  }
}

interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | number | undefined>>;
  readonly data: unknown;
}

const nothing = (): void => {};
const silent = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** Below a repository the names are ours, so they can be shown; bodies are not. */
function inWords(route: Route, parameters: Parameters): string {
  return route.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = parameters[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : whole;
  });
}

function shaped<T>(shape: z.ZodType<T>, data: unknown, route: Route): T {
  const result = shape.safeParse(data);
  if (result.success) return result.data;
  // A proxy's page for people is no answer of GitHub's.
  if (typeof data !== "object" || data === null) throw new ForgeError("unreachable", `${route}: the answer is no JSON`);
  const [issue] = result.error.issues;
  const where = issue ? `${issue.path.join(".") || "it"}: ${issue.message}` : "it";
  throw new ForgeError("invalid", `${route}: the answer has not the expected form (${where})`);
}
