import { rmSync } from "node:fs";
import { ensureBinary } from "../../cli/up/binaries/ensure.ts";
import { type OllamaOptions, type StartedOllama, startOllama } from "../../cli/up/ollama/start.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { scratchDirectory } from "./scratch.ts";

let program: Promise<string> | undefined;

/** The real program, found once per worker (built or downloaded the first time on a machine). */
export function ollamaProgram(): Promise<string> {
  program ??= ensureBinary("ollama", { env: process.env, onProgress: () => {}, clock: systemClock }).then(
    ({ path }) => path,
  );
  return program;
}

/** A real Ollama with an empty store of its own, on a free port. End it with `discard`, which removes the store too. */
export async function startTestOllama(
  options: Partial<OllamaOptions> = {},
): Promise<StartedOllama & { discard(): Promise<void> }> {
  const directory = options.directory ?? scratchDirectory("ollama");
  const ollama = await startOllama({ command: await ollamaProgram(), ...options, directory });
  const discard = async (): Promise<void> => {
    await ollama.kill();
    rmSync(directory, { recursive: true, force: true });
  };
  return Object.assign(ollama, { discard });
}
