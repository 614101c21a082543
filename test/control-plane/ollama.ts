import { rmSync } from "node:fs";
import { type OllamaOptions, type StartedOllama, startOllama } from "../../cli/up/ollama/start.ts";
import { programPath } from "../programs/program-path.ts";
import { scratchDirectory } from "./scratch.ts";

let program: Promise<string> | undefined;

/** The real program, found once per worker (built or downloaded the first time on a machine). */
export function ollamaProgram(): Promise<string> {
  program ??= programPath("ollama");
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
