/** `commonhold up`, which is `npm start`: the main job, from nothing to an answer. */
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { parseReference } from "../../operator/models/reference.ts";
import type { UpOptions } from "../up/run-up.ts";
import { stateDirectoryDefault } from "../up/state/directory.ts";

const root = join(import.meta.dirname, "../../..");
const promptDefault = "What is the capital of France?";

export function addUp(program: Command): void {
  program
    .command("up")
    .description("bring up a whole community on this machine and ask its model a question")
    .option("--once", "end after the answer: exit code 0, or 1 with the reason", false)
    .option("--json", "one JSON object a line instead of text", false)
    .option(
      "--model <reference>",
      "serve this model of the Ollama library, hf.co or any registry instead of the sample",
      modelReference,
    )
    .option("--prompt <text>", "what to ask", nonEmpty, promptDefault)
    .option("--state <dir>", "where everything is kept", nonEmpty, join(root, stateDirectoryDefault))
    .action(async (options: UpOptions) => (await import("../up/run-up.ts")).runUp(options));
}

function nonEmpty(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("It is empty.");
  return text;
}

/** Said before anything is started. */
function modelReference(text: string): string {
  try {
    parseReference(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
  return text.trim();
}
