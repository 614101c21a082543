/**
 * A pull whose every byte was checked.
 *
 * Ollama verifies only what it downloaded in that very call: a blob that already lies there counts as it is (server/images.go,
 * skipVerify). But blobs are there unchecked whenever a pull was cut after one of its layers, or failed on another layer's
 * digest: they stay, and the next pull takes them. So a registry that sends one layer wrong and then stalls would end with
 * its bytes under the right digest, and one flipped byte in the small config layer makes a model that is pulled with success and
 * never listed. Both were seen on 0.24.0.
 *
 * So where a new model came with layers that were already there, they are renewed: what was checked in this call and is large (the
 * weights) is held by a name of the caller's (`holdAs`), the model's name is taken away, which deletes what no other model holds, and the
 * pull is made again. That downloads the small layers once more and nothing else.
 */
import type { Digest, PullOptions } from "../engine.ts";
import { EngineError } from "../error.ts";
import { modelsIn } from "./answers.ts";
import { ask, type Host, shown } from "./client.ts";
import { create } from "./create.ts";
import { descriptionIn } from "./describe.ts";
import { listedName } from "./listed-name.ts";
import type { PullTracker } from "./progress.ts";
import { pullOnce } from "./pull-once.ts";
import { remove } from "./remove.ts";

export async function pull(host: Host, reference: string, options: PullOptions = {}): Promise<void> {
  const before = await listed(host, reference, options.signal);
  const told = await pullOnce(host, reference, options);
  const after = await listed(host, reference, options.signal);
  // Nothing new came, or all of it was checked on its way.
  if (after !== undefined && (after === before || told.reused.length === 0)) return;
  await renew(host, reference, told, options);
  if ((await listed(host, reference, options.signal)) !== undefined) return;
  throw new EngineError(
    "BadResponse",
    `pulling ${shown(reference)}: the host says that it is there, but does not list it`,
  );
}

async function renew(host: Host, reference: string, told: PullTracker, options: PullOptions): Promise<void> {
  const { onProgress: _, ...rest } = options;
  const held = await hold(host, reference, told, options);
  try {
    await remove(host, reference, signalOf(options.signal));
    await pullOnce(host, reference, rest);
  } finally {
    // Not awaited once aborted; a name that is left over is the caller's, which knows it.
    const released = held && remove(host, held).catch(() => false);
    if (!options.signal?.aborted) await released;
  }
}

/** Keeps the weights that this call downloaded and checked; undefined where there is nothing to keep. */
async function hold(
  host: Host,
  reference: string,
  told: PullTracker,
  { holdAs: name, signal }: PullOptions,
): Promise<string | undefined> {
  if (name === undefined) return undefined;
  const weights = await checkedWeights(host, reference, told, signal);
  if (weights.length === 0) return undefined;
  const files = Object.fromEntries(weights.map((digest, i) => [`${i}.gguf`, digest]));
  try {
    await create(host, { name, files }, signalOf(signal));
    return name;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof EngineError)) throw error;
    // A file that Ollama cannot read again is not worth keeping: it is downloaded once more.
    return undefined;
  }
}

async function checkedWeights(
  host: Host,
  reference: string,
  told: PullTracker,
  signal: AbortSignal | undefined,
): Promise<Digest[]> {
  try {
    const call = { what: `inspecting ${shown(reference)}`, ...signalOf(signal) };
    const { blobs } = descriptionIn(await ask(host, call, (client) => client.show({ model: reference })));
    return blobs.filter((digest) => !told.reused.includes(digest));
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof EngineError)) throw error;
    // It cannot be described: then nothing of it is worth keeping either.
    return [];
  }
}

async function listed(host: Host, reference: string, signal: AbortSignal | undefined): Promise<Digest | undefined> {
  const call = { what: "listing its models", ...signalOf(signal) };
  const models = modelsIn(await ask(host, call, (client) => client.list()));
  const name = listedName(reference).toLowerCase();
  return models.find((model) => model.name.toLowerCase() === name)?.digest;
}

function signalOf(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
