import { join } from "node:path";
import type { Clock } from "../../../operator/clock/clock.ts";
import type { LeashedProcess } from "../processes/start.ts";
import type { StateDirectory } from "../state/directory.ts";
import { ollamaUrl } from "./address.ts";
import { startOllama } from "./start.ts";
import { askVersion } from "./version.ts";

export interface ProvideOptions {
  /** The program to start where no server answers. */
  program: { path: string };
  state: StateDirectory;
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  signal?: AbortSignal;
}

export interface OllamaServer {
  readonly name: string;
  readonly url: string;
  readonly version: string;
  /** False for a server that ran before us: it is used, and left running. */
  readonly ours: boolean;
  /** Where its models lie; unknown for a server that is not ours. */
  readonly modelsPath?: string;
  /** The program, when it is ours. */
  readonly process?: LeashedProcess;
  stop(): Promise<unknown>;
}

/**
 * The Ollama that OLLAMA_HOST names, when it answers; else one of our own, with models of its own. Ollama's usual port is
 * not tried unasked: a server that a person runs for themselves becomes a host of the community only when they say so.
 */
export async function provideOllama(options: ProvideOptions): Promise<OllamaServer> {
  const { state, env, clock, signal } = options;
  const running = await findRunning(ollamaUrl(env["OLLAMA_HOST"]), signal);
  if (running) return { ...running, name: "ollama", ours: false, stop: async () => {} };
  const started = await startOllama({
    command: options.program.path,
    directory: state.ollama,
    logPath: join(state.logs, "ollama.log"),
    env,
    clock,
    signal,
  });
  return Object.assign(started, { ours: true });
}

async function findRunning(
  url: string | undefined,
  signal: AbortSignal | undefined,
): Promise<{ url: string; version: string } | undefined> {
  if (url === undefined) return undefined;
  try {
    return { url, version: await askVersion(url, signal) };
  } catch {
    signal?.throwIfAborted();
    // `<state>/env` of the run before names a server that ended with it: that is no reason to fail.
    return undefined;
  }
}
