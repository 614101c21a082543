/**
 * A double of Ollama for tests: speaks its API as v0.24.0 does (held to the real one by `contract.ts`), loads nothing, and
 * can be made to lie, stall and break. Each has a port of its own on loopback; hundreds fit into one process.
 *
 * Not spoken: push, cloud models, images, tools, quantising, safetensors, `/api/embeddings`, `/v1/responses`, `/v1/messages`.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Disk } from "./disk.ts";
import { Downloads } from "./downloads.ts";
import { Exchange } from "./exchange.ts";
import { Faults } from "./faults.ts";
import { Memory } from "./memory.ts";
import { parseName } from "./names.ts";
import { ClientLeft, Refused } from "./refused.ts";
import { routeFor } from "./router.ts";
import { runnerKey } from "./runner.ts";
import { defaultSettings, type OllamaDoubleSettings } from "./settings.ts";
import { openaiError } from "./wire.ts";

/** Starts a double on a free loopback port. */
export async function startOllamaDouble(settings: Partial<OllamaDoubleSettings> = {}): Promise<OllamaDouble> {
  const double = new OllamaDouble({ ...defaultSettings(), ...settings });
  await double.start();
  return double;
}

/** Requests that are remembered; older ones are forgotten. */
const requestsMax = 1_000;

export class OllamaDouble {
  readonly settings: OllamaDoubleSettings;
  readonly disk = new Disk();
  readonly faults = new Faults();
  readonly memory: Memory;
  readonly downloads: Downloads;
  /** The latest requests, oldest first. */
  readonly requests: { readonly method: string; readonly path: string; readonly authorization: string | undefined }[] =
    [];
  /** Generations that hold a slot now. */
  generating = 0;
  /** Generations whose client left before their end. */
  cancelled = 0;
  readonly #claims = new Map<string, string>();
  #server: Server | undefined;
  #port = 0;

  constructor(settings: OllamaDoubleSettings) {
    this.settings = settings;
    this.disk.capacityBytes = settings.diskBytes;
    this.memory = new Memory(settings);
    this.downloads = new Downloads(settings, this.disk);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens again on the port it had before, if it had one. */
  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    server.requestTimeout = 0;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Dies: every connection is cut, nothing is in memory any more; the disk stays. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    this.memory.clear();
    await closed;
  }

  /** `prune`: as if it had been down for more than an hour, so that what no model names is removed from its disk. */
  async restart(options: { prune?: boolean } = {}): Promise<void> {
    await this.stop();
    if (options.prune) this.disk.prune();
    await this.start();
  }

  /** Puts a model of the registry onto the disk without a pull, as if somebody had pulled it by hand before. */
  give(reference: string): void {
    const manifest = this.settings.registry.get(reference);
    if (!manifest) throw new Error(`the registry of this double has no ${reference}`);
    this.disk.write(parseName(reference), manifest, this.settings.clock.now());
  }

  /** Takes a model out of memory by itself, as under pressure. */
  evict(name: string): void {
    const stored = this.disk.find(parseName(name));
    if (stored) this.memory.expire(stored);
  }

  /** What is loaded moves to the CPU in silence, and so does what is loaded from now on. */
  fallBackToCpu(): void {
    this.memory.cpuFallback = true;
    for (const runner of this.memory.runners) runner.vramBytes = 0;
  }

  isLoaded(name: string): boolean {
    const stored = this.disk.find(parseName(name));
    return stored !== undefined && this.memory.runners.some((one) => one.key === runnerKey(stored) && !one.loading);
  }

  /** Lists this digest for the model, whatever it has; undefined tells the truth again. */
  claimDigest(name: string, digest: string | undefined): void {
    if (digest === undefined) this.#claims.delete(name);
    else this.#claims.set(name, digest);
  }

  claimedDigest(name: string, truth: string): string {
    return this.#claims.get(name) ?? truth;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "GET";
    const path = new URL(request.url ?? "/", "http://double").pathname;
    this.requests.push({ method, path, authorization: request.headers.authorization });
    if (this.requests.length > requestsMax) this.requests.shift();
    const exchange = new Exchange(request, response, path, this.faults.take(path));
    try {
      if (await exchange.broken(this.settings.clock)) return;
      const route = routeFor(method, path);
      if ("status" in route)
        exchange.text(route.status, route.status === 404 ? "404 page not found" : "405 method not allowed");
      else await route.handler(this, exchange);
    } catch (error) {
      await this.#refuse(exchange, error);
    }
  }

  async #refuse(exchange: Exchange, error: unknown): Promise<void> {
    if (error instanceof ClientLeft || exchange.signal.aborted) return;
    const refused =
      error instanceof Refused ? error : new Refused(500, error instanceof Error ? error.message : String(error));
    const openai = exchange.path.startsWith("/v1/");
    const body = openai ? openaiError(refused.status, refused.message) : { error: refused.message };
    if (!exchange.begun) await exchange.json(refused.status, body).catch(() => undefined);
    else await exchange.line(body).catch(() => undefined);
    await exchange.end().catch(() => undefined);
  }
}
