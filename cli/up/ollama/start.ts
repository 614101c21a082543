import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Clock } from "../../../operator/clock/clock.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import { startOnKeptPort } from "../processes/ports.ts";
import { waitReady } from "../processes/readiness.ts";
import { type LeashedProcess, startProcess } from "../processes/start.ts";
import { askVersion } from "./version.ts";

export interface OllamaOptions {
  /** Path of the program. */
  command: string;
  /** Models, keys and the port of last time; no two servers may share one (both prune on start). */
  directory: string;
  /** Its log; `<directory>/ollama.log` by default. */
  logPath?: string;
  /** What it sees of the environment; its own settings below are added. This process's own by default. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Requests a model answers at once; each multiplies the memory for context. 1 by default. */
  parallel?: number;
  /** How long a model stays loaded without requests, in Ollama's form, e.g. `5m` or `-1`. Ollama's default by default. */
  keepAlive?: string;
  clock?: Clock;
  signal?: AbortSignal | undefined;
}

/** A real Ollama of ours, and with it the runner processes that hold its models. */
export interface StartedOllama {
  readonly name: string;
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly version: string;
  readonly modelsPath: string;
  readonly process: LeashedProcess;
  /** Ends it and, with KILL, whatever runner it leaves. */
  stop(): Promise<void>;
  /** Ends it and starts it again on the same models and, while it is free, the same port. */
  restart(): Promise<void>;
  /** Starts it when it does not run. */
  start(): Promise<void>;
  /** KILL for it and its runners; resolves when dead. */
  kill(): Promise<void>;
}

const readyDeadlineMs = 30_000;

/** Resolves when it answers; leaves nothing running when it rejects. */
export async function startOllama(options: OllamaOptions): Promise<StartedOllama> {
  const directory = resolve(options.directory);
  const modelsPath = join(directory, "models");
  mkdirSync(modelsPath, { recursive: true });
  let running = await launch(options, directory, modelsPath);
  const stop = async (): Promise<void> => {
    await running.process.stop();
  };
  const start = async (): Promise<void> => {
    if (running.process.exit) running = await launch(options, directory, modelsPath);
  };
  return {
    name: "ollama",
    get url() {
      return running.url;
    },
    get version() {
      return running.version;
    },
    modelsPath,
    get process() {
      return running.process;
    },
    stop,
    start,
    restart: async () => {
      await stop();
      await start();
    },
    kill: async () => {
      running.process.kill("SIGKILL");
      await running.process.exited;
    },
  };
}

interface Running {
  process: LeashedProcess;
  url: string;
  version: string;
}

function launch(options: OllamaOptions, directory: string, modelsPath: string): Promise<Running> {
  const clock = options.clock ?? systemClock;
  const { signal } = options;
  const start = async (port: number): Promise<Running> => {
    const program = await startProcess({
      name: "ollama",
      command: options.command,
      args: ["serve"],
      env: environment(options, directory, modelsPath, port),
      logPath: options.logPath ?? join(directory, "ollama.log"),
      clock,
    });
    const url = `http://127.0.0.1:${port}`;
    let version = "";
    const answers = async (checking: AbortSignal): Promise<boolean> => {
      version = await askVersion(url, checking);
      return true;
    };
    try {
      await waitReady(program, answers, { deadlineMs: readyDeadlineMs, clock, ...(signal ? { signal } : {}) });
    } catch (error) {
      await program.stop();
      throw error;
    }
    return { process: program, url, version };
  };
  return startOnKeptPort(join(directory, "port"), start, signal);
}

/** https://github.com/ollama/ollama/blob/v0.24.0/envconfig/config.go lists what it reads. */
function environment(options: OllamaOptions, directory: string, modelsPath: string, port: number): NodeJS.ProcessEnv {
  return {
    ...(options.env ?? process.env),
    OLLAMA_HOST: `127.0.0.1:${port}`,
    OLLAMA_MODELS: modelsPath,
    // Its key pair goes under ~/.ollama: this server gets one of its own and leaves the person's alone.
    HOME: directory,
    // A model that runs on somebody else's machine is not what a member asked of this one.
    OLLAMA_NO_CLOUD: "1",
    OLLAMA_NUM_PARALLEL: String(options.parallel ?? 1),
    ...(options.keepAlive === undefined ? {} : { OLLAMA_KEEP_ALIVE: options.keepAlive }),
  };
}
