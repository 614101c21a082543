/**
 * Writes models into a registry, by the OCI distribution API: blobs first, the manifest last, as registries want it, so that who finds a
 * manifest finds everything that it names. What is there already is not sent again.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
import type { Readable } from "node:stream";
import { type Dispatcher, request } from "undici";
import { type Digest, digestOf, isDigest } from "../models/digest.ts";
import type { Layer } from "../models/manifest.ts";
import { canonicalReference, type Reference } from "../models/reference.ts";
import { printable } from "../text/printable.ts";
import { DoorError } from "./door-error.ts";

const mediaType = "application/vnd.docker.distribution.manifest.v2+json";
const headersTimeoutMs = 300_000;
const saidCharsMax = 500;

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

type Sent = Pick<Parameters<typeof request>[1] & object, "headers" | "body">;

/** Every method throws a `DoorError` where the registry is away or does not take what it is given, or the signal's reason. */
export class Door {
  readonly #registry: URL;
  readonly #dispatcher: Dispatcher | undefined;

  /** `registry`: its origin. Without a dispatcher the process' own. */
  constructor(registry: URL, dispatcher?: Dispatcher) {
    this.#registry = registry;
    this.#dispatcher = dispatcher;
  }

  /** What the tag is there; `undefined`: nothing. */
  async digestAt(reference: Reference, signal: AbortSignal): Promise<Digest | undefined> {
    const url = this.#url(reference, `manifests/${reference.tag}`);
    const answer = await this.#send("HEAD", url, signal, { headers: { accept: mediaType } });
    if (answer.status === 404) return undefined;
    const digest = answer.headers["docker-content-digest"];
    if (answer.status === 200 && isDigest(digest)) return digest;
    throw this.#refused(reference, answer);
  }

  async hasBlob(reference: Reference, digest: Digest, signal: AbortSignal): Promise<boolean> {
    const answer = await this.#send("HEAD", this.#url(reference, `blobs/${digest}`), signal);
    if (answer.status === 200 || answer.status === 404) return answer.status === 200;
    throw this.#refused(reference, answer);
  }

  /** The registry compares what came with its digest, and keeps nothing where it differs. */
  async putBlob(
    reference: Reference,
    { digest, size }: Pick<Layer, "digest" | "size">,
    body: Readable | Uint8Array,
    signal: AbortSignal,
  ): Promise<void> {
    const begun = await this.#send("POST", this.#url(reference, "blobs/uploads/"), signal);
    if (begun.status !== 202) throw this.#refused(reference, begun);
    const upload = new URL(String(begun.headers["location"]), this.#registry);
    upload.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream", "content-length": String(size) };
    const put = await this.#send("PUT", upload, signal, { headers, body });
    if (put.status !== 201) throw this.#refused(reference, put);
  }

  async putManifest(reference: Reference, bytes: Uint8Array, digest: Digest, signal: AbortSignal): Promise<void> {
    const url = this.#url(reference, `manifests/${reference.tag}`);
    const put = await this.#send("PUT", url, signal, { headers: { "content-type": mediaType }, body: bytes });
    if (put.status !== 201) throw this.#refused(reference, put);
    const read = await this.#send("GET", url, signal, { headers: { accept: mediaType } });
    if (read.status === 200 && digestOf(read.text) === digest) return;
    throw new DoorError(
      "Refused",
      `${this.#registry.host} does not give back the manifest that it took: no host would believe it. Is another registry there?`,
    );
  }

  #url({ namespace, model }: Reference, what: string): URL {
    return new URL(`v2/${namespace}/${model}/${what}`, this.#registry);
  }

  async #send(
    method: "HEAD" | "GET" | "POST" | "PUT",
    url: URL,
    signal: AbortSignal,
    sent: Sent = {},
  ): Promise<Answer> {
    try {
      const dispatcher = this.#dispatcher;
      const options = { method, signal, headersTimeout: headersTimeoutMs, ...sent, ...(dispatcher && { dispatcher }) };
      const { statusCode, headers, body } = await request(url, options);
      return { status: statusCode, headers, text: await body.text() };
    } catch (cause) {
      signal.throwIfAborted();
      const { message, code = "connection lost" } = cause as { message?: string; code?: string };
      throw new DoorError("Away", `${this.#registry.origin} does not answer: ${message || code}`, { cause });
    }
  }

  #refused(reference: Reference, { status, text }: Answer): DoorError {
    if (status === 405) return new DoorError("ReadOnly", `${this.#registry.origin} can only be read`);
    const said = printable(text.trim(), saidCharsMax);
    const words = `${this.#registry.origin} does not take ${canonicalReference(reference)}: it answers ${status}${said && `: ${said}`}`;
    return new DoorError(/no space left on device|disk quota exceeded/i.test(text) ? "NoRoom" : "Refused", words);
  }
}
