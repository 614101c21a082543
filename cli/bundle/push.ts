/** Puts a bundle's models into a site's registry. Blobs first, manifests last, as registries want it; what is there already is not sent again. */
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { request } from "undici";
import { type Digest, digestOf } from "../../operator/models/digest.ts";
import { type Layer, parseManifest } from "../../operator/models/manifest.ts";
import {
  canonicalReference,
  displayReference,
  parseReference,
  type Reference,
} from "../../operator/models/reference.ts";
import { siteReference } from "../../operator/models/site-registry.ts";
import { formatBytes } from "../../operator/text/bytes.ts";
import { printable } from "../../operator/text/printable.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { BundleError } from "./bundle-error.ts";
import { type BundledModel, readModels } from "./models-index.ts";
import { type Places, placesIn } from "./places.ts";

const mediaType = "application/vnd.docker.distribution.manifest.v2+json";
const headersTimeoutMs = 300_000;
const saidCharsMax = 500;

/** Throws a BundleError at the first that the registry does not take; those before it are there, and stay. */
export async function pushModels(
  folder: string,
  registry: URL,
  around: Surroundings,
): Promise<readonly BundledModel[]> {
  const places = placesIn(folder);
  const models = await readModels(places);
  if (models.length === 0) throw new BundleError(`${folder} holds no models: name them with --model when it is made`);
  for (const model of models) {
    around.say(`  ${printable(model.reference, 300)}`);
    const there = siteReference(parseReference(model.reference), registry.host);
    const at = new Target(registry, there, around.signal);
    const bytes = await manifestOf(model, places);
    const { config, layers } = parseManifest(bytes.toString("utf8"), displayReference(there));
    for (const layer of [config, ...layers]) {
      if (await at.hasBlob(layer.digest)) continue;
      around.say(`    ${formatBytes(layer.size)}`);
      await at.putBlob(layer, places);
    }
    await at.putManifest(bytes, model.digest);
    around.say(`    ${canonicalReference(there)} is ${model.digest}`);
  }
  return models;
}

async function manifestOf({ digest, reference }: BundledModel, places: Places): Promise<Buffer> {
  const bytes = await readFile(places.blob(digest)).catch(() => undefined);
  if (bytes && digestOf(bytes) === digest) return bytes;
  throw new BundleError(
    `the bundle is damaged: the manifest of ${printable(reference, 300)} is ${bytes ? "not as it was written" : "missing"}. Take another copy of it`,
  );
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** One repository in the registry that is written to. */
class Target {
  readonly #registry: URL;
  readonly #reference: Reference;
  readonly #signal: AbortSignal;

  constructor(registry: URL, reference: Reference, signal: AbortSignal) {
    this.#registry = registry;
    this.#reference = reference;
    this.#signal = signal;
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    const { status } = await this.#send("HEAD", this.#url(`blobs/${digest}`));
    return status === 200;
  }

  /** The registry compares what came with its digest, and keeps nothing where it differs. */
  async putBlob({ digest, size }: Layer, places: Places): Promise<void> {
    const file = places.blob(digest);
    const found = await stat(file).catch(() => undefined);
    if (found?.size !== size) {
      throw new BundleError(
        `the bundle is damaged: ${file} has ${found?.size ?? "no"} bytes and should have ${size}. Take another copy of it`,
      );
    }
    const begun = await this.#send("POST", this.#url("blobs/uploads/"));
    if (begun.status !== 202) throw this.#refused(begun);
    const upload = new URL(String(begun.headers["location"]), this.#registry);
    upload.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream", "content-length": String(size) };
    const put = await this.#send("PUT", upload, { headers, body: createReadStream(file) });
    if (put.status !== 201) throw this.#refused(put);
  }

  async putManifest(bytes: Buffer, digest: Digest): Promise<void> {
    const url = this.#url(`manifests/${this.#reference.tag}`);
    const put = await this.#send("PUT", url, { headers: { "content-type": mediaType }, body: bytes });
    if (put.status !== 201) throw this.#refused(put);
    const read = await this.#send("GET", url, { headers: { accept: mediaType } });
    if (read.status === 200 && digestOf(read.text) === digest) return;
    throw new BundleError(
      `${this.#registry.host} does not give back the manifest that it took: no host would believe it. Is another registry there?`,
    );
  }

  #url(what: string): URL {
    const { namespace, model } = this.#reference;
    return new URL(`v2/${namespace}/${model}/${what}`, this.#registry);
  }

  async #send(
    method: "HEAD" | "GET" | "POST" | "PUT",
    url: URL,
    more: Pick<Parameters<typeof request>[1] & object, "headers" | "body"> = {},
  ): Promise<Answer> {
    try {
      const { statusCode, headers, body } = await request(url, {
        method,
        signal: this.#signal,
        headersTimeout: headersTimeoutMs,
        ...more,
      });
      return { status: statusCode, headers, text: await body.text() };
    } catch (cause) {
      this.#signal.throwIfAborted();
      throw new BundleError(
        `${this.#registry.origin} does not answer: ${(cause as Error).message || (cause as { code?: string }).code}. The way to a site's registry is opened by: kubectl -n commonhold-system port-forward deploy/commonhold-registry 11437:11437`,
        { cause },
      );
    }
  }

  #refused({ status, text }: Answer): BundleError {
    const said = printable(text.trim(), saidCharsMax);
    if (status === 405)
      return new BundleError(
        `${this.#registry.origin} can only be read: a site's registry is written to on port 11437 of its pod (kubectl port-forward)`,
      );
    return new BundleError(
      `${this.#registry.origin} does not take ${canonicalReference(this.#reference)}: it answers ${status}${said && `: ${said}`}`,
    );
  }
}
