/** A site with a real registry, and the registries that models come from: a real one, behind a proxy with faults. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Agent } from "undici";
import { createFetcher, type Fetcher } from "../../operator/addresses/fetcher.ts";
import { createAddressPolicy } from "../../operator/addresses/policy.ts";
import { systemClock } from "../../operator/clock/system.ts";
import type { Digest } from "../../operator/models/digest.ts";
import { canonicalReference, parseReference } from "../../operator/models/reference.ts";
import { createRegistry } from "../../operator/models/registry.ts";
import { siteReference } from "../../operator/models/site-registry.ts";
import type { CopyTools } from "../../operator/site-registry/copy.ts";
import { Door } from "../../operator/site-registry/door.ts";
import type { Wanted } from "../../operator/site-registry/wanted.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { type RegistryProxy, startRegistryProxy } from "../doubles/registry/proxy.ts";
import { type PushedModel, pushModel } from "../doubles/registry/push.ts";
import { type StartedRegistry, startTestRegistry } from "../doubles/registry/start.ts";
import { type TinyShape, tinyGguf } from "../models/tiny-gguf.ts";

const manifestType = "application/vnd.docker.distribution.manifest.v2+json";

export class Site {
  readonly source: StartedRegistry;
  /** Before the source. */
  readonly proxy: RegistryProxy;
  readonly registry: StartedRegistry;
  /** Before the site's own. */
  readonly pushes: RegistryProxy;
  readonly folder = scratchDirectory("filling");
  readonly #fetcher: Fetcher;
  readonly #dispatcher = new Agent();
  fetchedBytes = 0;

  private constructor(source: StartedRegistry, proxy: RegistryProxy, registry: StartedRegistry, pushes: RegistryProxy) {
    this.source = source;
    this.proxy = proxy;
    this.registry = registry;
    this.pushes = pushes;
    this.#fetcher = createFetcher({ policy: createAddressPolicy({ allow: ["127.0.0.1", "::1"] }) });
  }

  static async start(): Promise<Site> {
    const [source, registry] = await Promise.all([startTestRegistry(), startTestRegistry()]);
    const [proxy, pushes] = await Promise.all([startRegistryProxy(source.origin), startRegistryProxy(registry.origin)]);
    return new Site(source, proxy, registry, pushes);
  }

  heal(): void {
    for (const one of [this.proxy, this.pushes]) {
      one.heal();
      one.forget();
    }
    this.fetchedBytes = 0;
  }

  async end(): Promise<void> {
    await Promise.all([this.#fetcher.close(), this.#dispatcher.destroy()]);
    await Promise.all([this.proxy.close(), this.pushes.close()]);
    await Promise.all([this.source.discard(), this.registry.discard()]);
  }

  tools(more: Partial<CopyTools> = {}): CopyTools {
    const insecureHosts = [this.proxy.host, ...(more.registryOptions?.insecureHosts ?? [])];
    const registryOptions = { fetcher: this.#fetcher, clock: systemClock, insecureHosts };
    return {
      ...{ clock: systemClock, random: () => 0, spareBytes: 0, freeBytes: () => Promise.resolve(1e12) },
      registry: createRegistry(registryOptions),
      door: new Door(new URL(this.pushes.origin), this.#dispatcher),
      onFetched: (bytes) => {
        this.fetchedBytes += bytes;
      },
      ...more,
      registryOptions,
    };
  }

  /** Into the source; `library/<name>:1`. */
  push(name: string, shape: Partial<TinyShape> = {}, more: object = {}): Promise<PushedModel> {
    return pushModel(this.source.origin, { repository: `library/${name}`, tag: "1", gguf: tinyGguf(shape), ...more });
  }

  /** As the operator would name it after it was resolved. `host`: of another registry than the source. */
  wanted(name: string, digest: Digest, host = this.proxy.host): Wanted {
    const reference = parseReference(`${host}/library/${name}:1`);
    const there = siteReference(reference, this.pushes.host);
    const key = canonicalReference(there);
    return { key, there, reference, digests: [digest], deployments: [`community/${name}`], collides: false };
  }

  /** What the site's registry has under that name. */
  async has({ there }: Wanted): Promise<{ digest: string | null; bytes: Buffer } | undefined> {
    const url = `${this.registry.origin}/v2/${there.namespace}/${there.model}/manifests/${there.tag}`;
    const answer = await fetch(url, { headers: { accept: manifestType } });
    if (answer.status === 404) return undefined;
    return { digest: answer.headers.get("docker-content-digest"), bytes: Buffer.from(await answer.arrayBuffer()) };
  }

  /** Whether the site's registry has that blob, whoever brought it. */
  async hasBlob({ there }: Wanted, digest: string): Promise<boolean> {
    const url = `${this.registry.origin}/v2/${there.namespace}/${there.model}/blobs/${digest}`;
    return (await fetch(url, { method: "HEAD" })).status === 200;
  }

  /** Files in the folder of that name below `folder`. */
  staged(name: string): string[] {
    try {
      return readdirSync(join(this.folder, name)).sort();
    } catch {
      return [];
    }
  }
}
