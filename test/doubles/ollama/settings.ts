/** What a double of Ollama can be set to. Everything may be changed while it runs; nothing is random. */
import type { Clock } from "../../../operator/clock/clock.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import { RegistryContent } from "./registry.ts";

export interface OllamaDoubleSettings {
  clock: Clock;
  version: string;
  registry: RegistryContent;
  /** Main memory for models. */
  memoryBytes: number;
  /** Memory of the accelerator; 0 is a CPU host. */
  vramBytes: number;
  diskBytes: number;
  /** OLLAMA_NUM_PARALLEL. */
  parallel: number;
  /** OLLAMA_MAX_QUEUE: loads that wait; one more is refused with 503. */
  maxQueue: number;
  /** OLLAMA_MAX_LOADED_MODELS. */
  maxLoaded: number;
  /** Without `num_ctx` in request or model. */
  defaultContext: number;
  /** OLLAMA_KEEP_ALIVE. */
  keepAliveMs: number;
  /** How long a model loads. */
  loadMs: number;
  /** A download's speed; infinite comes without any progress event, as the real one's when it takes less than a tick. */
  pullBytesPerSecond: number;
  /** Between two progress events of a download. */
  tickMs: number;
  /** Before the first token. Goes on when the client leaves (ollama#11889). */
  prefillMs: number;
  /** Between two tokens. */
  tokenMs: number;
  /** The tokens that answer a prompt. */
  reply: (prompt: string, model: string) => readonly string[];
}

export const defaultSettings = (): OllamaDoubleSettings => ({
  clock: systemClock,
  version: "0.24.0",
  registry: new RegistryContent(),
  memoryBytes: 16 * 1024 ** 3,
  vramBytes: 0,
  diskBytes: Number.POSITIVE_INFINITY,
  parallel: 1,
  maxQueue: 512,
  maxLoaded: 3,
  defaultContext: 4096,
  keepAliveMs: 5 * 60_000,
  loadMs: 0,
  pullBytesPerSecond: Number.POSITIVE_INFINITY,
  tickMs: 60,
  prefillMs: 0,
  tokenMs: 0,
  reply: () => ["The", " capital", " of", " France", " is", " Paris", "."],
});
