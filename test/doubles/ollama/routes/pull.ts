/** `/api/pull` (server/images.go, PullModel): always 200 once it began, its failure a last line. */
import { diskFull } from "../disk.ts";
import type { OllamaDouble } from "../double.ts";
import type { Exchange } from "../exchange.ts";
import type { Layer } from "../manifest.ts";
import { isValid, type ModelName, parseName, shortest } from "../names.ts";
import { ClientLeft, Refused } from "../refused.ts";

export async function pull(double: OllamaDouble, exchange: Exchange): Promise<void> {
  const body = await exchange.body();
  const name = parseName(String(body["model"] || body["name"] || ""));
  if (!isValid(name)) throw new Refused(400, "invalid model name");
  const events = new Events(exchange, body["stream"] !== false);
  try {
    await download(double, name, exchange.signal, (event) => events.add(event));
    await events.whole();
  } catch (error) {
    if (exchange.signal.aborted) throw new ClientLeft();
    await events.failed(error instanceof Error ? error.message : String(error));
  }
}

export async function download(
  double: OllamaDouble,
  name: ModelName,
  signal: AbortSignal,
  tell: (event: object) => void | Promise<void>,
): Promise<void> {
  const { registry, clock } = double.settings;
  await tell({ status: "pulling manifest" });
  if (registry.unreachableHosts.has(name.host)) throw new Error(`pull model manifest: ${connectionRefused(name)}`);
  if (registry.outage !== undefined) throw new Error(`pull model manifest: ${registry.outage}`);
  const manifest = registry.get(shortest(name));
  if (!manifest) throw new Error("pull model manifest: file does not exist");
  const fetched: Layer[] = [];
  for (const layer of [...manifest.layers, manifest.config]) {
    const status = `pulling ${layer.digest.slice(7, 19)}`;
    const { digest, bytes: total } = layer;
    const tick = (completed: number): void => void tell({ status, digest, total, ...(completed > 0 && { completed }) });
    if (await double.downloads.fetch(layer, signal, tick)) fetched.push(layer);
  }
  await tell({ status: "verifying sha256 digest" });
  verify(double, fetched);
  await tell({ status: "writing manifest" });
  if (double.disk.freeBytes <= 0) throw new Error(diskFull(manifest.config.digest));
  double.disk.write(name, manifest, clock.now());
  await tell({ status: "success" });
}

/** Only what this pull downloaded is checked, and the first wrong blob ends it: others that are wrong stay. */
function verify(double: OllamaDouble, fetched: readonly Layer[]): void {
  for (const { digest } of fetched) {
    if (!double.disk.blobs.get(digest)?.spoilt) continue;
    double.disk.blobs.delete(digest);
    const got = `sha256:${"0".repeat(64)}`;
    throw new Error(`digest mismatch, file must be downloaded again: want ${digest}, got ${got}`);
  }
}

function connectionRefused({ host, namespace, model, tag }: ModelName): string {
  const url = `https://${host}/v2/${namespace}/${model}/manifests/${tag}`;
  return `Get "${url}": dial tcp ${host}: connect: connection refused`;
}

/** Events of a stream in their order; without one only the last counts, and a failure has status 500. */
export class Events {
  readonly #exchange: Exchange;
  readonly #streamed: boolean;
  #last: object = {};
  #writing: Promise<void> = Promise.resolve();

  constructor(exchange: Exchange, streamed: boolean) {
    this.#exchange = exchange;
    this.#streamed = streamed;
  }

  add(event: object): Promise<void> {
    this.#last = event;
    if (this.#streamed) this.#writing = this.#writing.then(() => this.#exchange.line(event));
    this.#writing.catch(() => undefined);
    return this.#writing;
  }

  async whole(): Promise<void> {
    if (!this.#streamed) return this.#exchange.json(200, this.#last);
    await this.#writing;
    await this.#exchange.end();
  }

  async failed(error: string, status = 500): Promise<void> {
    await this.#writing;
    if (!this.#exchange.begun) throw new Refused(status, error);
    await this.#exchange.line({ error });
    await this.#exchange.end();
  }
}
