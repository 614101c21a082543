/** Ollama behind the engine interface. Each call lives in the file named for it; here they only meet one host. */
import type { Clock } from "../../clock/clock.ts";
import { type DispatcherFactory, hostDispatcher } from "../dispatcher.ts";
import type * as engine from "../engine.ts";
import { Transport } from "../transport.ts";
import { loadedIn, modelsIn, versionIn } from "./answers.ts";
import { hasBlob, putBlob } from "./blobs.ts";
import { type OllamaBounds, ollamaBounds } from "./bounds.ts";
import { ask, type Host, shown } from "./client.ts";
import { create } from "./create.ts";
import { descriptionIn } from "./describe.ts";
import { load, probe, unload } from "./load.ts";
import { pull } from "./pull.ts";
import { remove } from "./remove.ts";

export interface OllamaOptions {
  readonly clock: Clock;
  /** Makes the way to the host; an address policy or a test gives its own. */
  readonly dispatcher?: DispatcherFactory;
  readonly bounds?: Partial<OllamaBounds>;
}

/** Dials nothing yet. Throws `InvalidRequest` where the endpoint cannot be used at all. */
export function ollamaEngine(endpoint: engine.HostEndpoint, options: OllamaOptions): engine.Engine {
  const dispatcher = (options.dispatcher ?? hostDispatcher)(endpoint);
  return new OllamaEngine({
    transport: new Transport(endpoint, dispatcher),
    clock: options.clock,
    bounds: { ...ollamaBounds, ...options.bounds },
  });
}

class OllamaEngine implements engine.Engine {
  readonly kind = "ollama";
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
  }

  async health(options?: engine.CallOptions): Promise<engine.HostHealth> {
    const askedAt = this.#host.clock.now();
    const version = await this.version(options);
    return { version, answeredInMs: this.#host.clock.now() - askedAt };
  }

  async version(options?: engine.CallOptions): Promise<string> {
    const call = { ...options, what: "asking its version" };
    return versionIn(await ask(this.#host, call, (client) => client.version()));
  }

  async models(options?: engine.CallOptions): Promise<engine.ModelOnDisk[]> {
    const call = { ...options, what: "listing its models" };
    return modelsIn(await ask(this.#host, call, (client) => client.list()));
  }

  async loaded(options?: engine.CallOptions): Promise<engine.LoadedModel[]> {
    const call = { ...options, what: "listing its loaded models" };
    return loadedIn(await ask(this.#host, call, (client) => client.ps()));
  }

  async inspect(name: string, options?: engine.CallOptions): Promise<engine.ModelDescription> {
    const call = { ...options, what: `inspecting ${shown(name)}` };
    return descriptionIn(await ask(this.#host, call, (client) => client.show({ model: name })));
  }

  pull(reference: string, options?: engine.PullOptions): Promise<void> {
    return pull(this.#host, reference, options);
  }

  hasBlob(digest: engine.Digest, options?: engine.CallOptions): Promise<boolean> {
    return hasBlob(this.#host, digest, options);
  }

  putBlob(
    digest: engine.Digest,
    bytes: AsyncIterable<Uint8Array>,
    size: number,
    options?: engine.CallOptions,
  ): Promise<void> {
    return putBlob(this.#host, digest, bytes, size, options);
  }

  create(recipe: engine.ModelRecipe, options?: engine.CallOptions): Promise<void> {
    return create(this.#host, recipe, options);
  }

  async copy(from: string, to: string, options?: engine.CallOptions): Promise<void> {
    const call = { ...options, what: `copying ${shown(from)} to ${shown(to)}` };
    await ask(this.#host, call, (client) => client.copy({ source: from, destination: to }));
  }

  remove(name: string, options?: engine.CallOptions): Promise<boolean> {
    return remove(this.#host, name, options);
  }

  load(name: string, options?: engine.LoadOptions): Promise<void> {
    return load(this.#host, name, options);
  }

  unload(name: string, options?: engine.CallOptions): Promise<void> {
    return unload(this.#host, name, options);
  }

  probe(name: string, options?: engine.LoadOptions): Promise<engine.ProbeResult> {
    return probe(this.#host, name, options);
  }

  close(): Promise<void> {
    return this.#host.transport.close();
  }
}
