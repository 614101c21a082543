/**
 * One repository of a registry, as nobody in particular sees it: sends requests, gets a token when the registry asks
 * for one, and turns refusals into `ModelError`s.
 */
import type { FetchedResponse, Fetcher, FetchOptions } from "../addresses/fetcher.ts";
import type { Clock } from "../clock/clock.ts";
import { parseChallenge, parseToken } from "./challenge.ts";
import { asModelError } from "./fetch-failure.ts";
import { ModelError } from "./model-error.ts";
import { displayReference, type Reference } from "./reference.ts";
import { refusalOf } from "./registry-refusal.ts";

export interface RegistryOptions {
  readonly fetcher: Fetcher;
  readonly clock: Clock;
  /** Registries, `host` or `host:port`, that are spoken to in plain http. */
  readonly insecureHosts?: readonly string[];
}

const refusalBytesMax = 64 * 1024;

export class Repository {
  readonly reference: Reference;
  readonly #options: RegistryOptions;
  readonly #base: URL;
  #token: string | undefined;

  /** Throws `Refused` for a reference in plain http whose registry is not configured for it. */
  constructor(options: RegistryOptions, reference: Reference) {
    const insecure = (options.insecureHosts ?? []).some((host) => host.toLowerCase() === reference.host.toLowerCase());
    if (reference.scheme === "http" && !insecure) {
      throw new ModelError(
        "Refused",
        `${reference.host} would be spoken to in plain http; use https, or add it to the insecure registries`,
      );
    }
    this.reference = reference;
    this.#options = options;
    this.#base = baseUrl(reference, insecure);
  }

  /** `what`: `manifests/<tag>` or `blobs/<digest>`. Resolves for a status below 400 only. */
  async get(what: string, options: FetchOptions): Promise<FetchedResponse> {
    const url = new URL(`v2/${this.reference.namespace}/${this.reference.model}/${what}`, this.#base);
    const first = await this.#open(url, options);
    if (first.status !== 401) return this.#accepted(first);
    const challenge = parseChallenge(first.headers["www-authenticate"], first.finalUrl);
    if (!challenge || this.#token !== undefined) return this.#accepted(first);
    first.body.discard();
    this.#token = await this.#askForToken(challenge.tokenUrl, options.signal);
    return this.#accepted(await this.#open(url, options));
  }

  async #askForToken(url: URL, signal: AbortSignal | undefined): Promise<string> {
    const response = await this.#accepted(await this.#open(url, { ...(signal ? { signal } : {}), headers: {} }));
    const token = parseToken(await this.#guard(response.body.text()));
    if (token) return token;
    throw new ModelError(
      "Denied",
      `${displayReference(this.reference)} is not public; ${url.host} gives no token for it`,
    );
  }

  async #open(url: URL, options: FetchOptions): Promise<FetchedResponse> {
    const authorization = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` };
    const plainHttp = this.#base.protocol === "http:" ? ({ plainHttp: "anywhere" } as const) : {};
    return this.#guard(
      this.#options.fetcher.open(url, { ...options, ...plainHttp, headers: { ...options.headers, ...authorization } }),
    );
  }

  async #accepted(response: FetchedResponse): Promise<FetchedResponse> {
    if (response.status < 400) return response;
    const body = await beginning(response.body, refusalBytesMax).catch(() => "");
    const retryAfter = response.headers["retry-after"];
    throw refusalOf(this.reference, { status: response.status, body, retryAfter }, this.#options.clock.now());
  }

  async #guard<T>(promise: Promise<T>): Promise<T> {
    return promise.catch((error: unknown) => {
      throw asModelError(error, displayReference(this.reference));
    });
  }
}

function baseUrl(reference: Reference, insecure: boolean): URL {
  const text = `${insecure ? "http" : "https"}://${reference.host}/`;
  if (URL.canParse(text)) return new URL(text);
  throw new ModelError("InvalidReference", `"${reference.host}" is no host that can be connected to`);
}

/** The first bytes as text; a refusal's own words matter, not how many there are. */
async function beginning(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytesMax) break;
  }
  return Buffer.concat(chunks).subarray(0, bytesMax).toString("utf8");
}
