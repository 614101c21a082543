/** `commonhold up`, which is `npm start`: the main job, from nothing to an answer. */
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { systemClock } from "../../operator/clock/system.ts";
import { parseReference } from "../../operator/models/reference.ts";
import type { Display } from "../display/display.ts";
import { jsonDisplay } from "../display/json-display.ts";
import { standardOutput } from "../display/standard-output.ts";
import { textDisplay } from "../display/text-display.ts";
import { type Community, startCommunity } from "../up/community/community.ts";
import { guide } from "../up/community/guide.ts";
import { ask } from "../up/community/question.ts";
import { serveModel } from "../up/community/serve-model.ts";
import { createStack, type Stack } from "../up/processes/stack.ts";
import { stopOnSignal } from "../up/processes/stop-on-signal.ts";
import { openStateDirectory, stateDirectoryDefault } from "../up/state/directory.ts";
import { lockState } from "../up/state/lock.ts";

interface UpOptions {
  once: boolean;
  json: boolean;
  model?: string;
  prompt: string;
  state: string;
}

const root = join(import.meta.dirname, "../../..");
const promptDefault = "What is the capital of France?";
const modelDeadlineMs = 60 * 60_000;
/** With `--once` nobody is there who could mend what holds the model up. */
const oncePatienceMs = 30_000;

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
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  const stop = stopOnSignal(systemClock);
  const output = standardOutput((error) => stop.now(error));
  const display = options.json ? jsonDisplay(output, systemClock) : textDisplay(output, systemClock);
  const stack = createStack();
  const lost = new AbortController();
  setMaxListeners(0, lost.signal);
  try {
    await run(options, display, stack, AbortSignal.any([stop.signal, lost.signal]), (failure) => lost.abort(failure));
  } catch (error) {
    if (!stop.signal.aborted) {
      display.failure(lost.signal.aborted ? lost.signal.reason : error);
      process.exitCode = 1;
    } else if (options.once) {
      // Who pressed Ctrl-C knows; a program that reads along does not.
      if (options.json) display.failure(stop.signal.reason);
      process.exitCode = 130;
    }
  } finally {
    await stopAll(stack, display);
    stop.release();
  }
}

async function stopAll(stack: Stack, display: Display): Promise<void> {
  if (stack.isEmpty) return;
  const ending = display.step("stopping");
  try {
    await stack.stop((name) => ending.update(name));
    ending.done("nothing is left running");
  } catch (error) {
    display.failure(error);
    process.exitCode = 1;
  }
}

async function run(
  options: UpOptions,
  display: Display,
  stack: Stack,
  signal: AbortSignal,
  onLost: (failure: Error) => void,
): Promise<void> {
  setMaxListeners(0, signal);
  const state = openStateDirectory(options.state);
  const lock = lockState(state.path);
  stack.add({ name: "state directory", stop: async () => lock.release() });
  const community = await startCommunity({
    root,
    state,
    env: process.env,
    stack,
    display,
    clock: systemClock,
    signal,
    onLost,
  });
  lock.announce(community.gateway.url);
  const model = await serveModel(community, {
    ...{ root, state, stack, display, signal, env: process.env, clock: systemClock },
    reference: options.model,
    deadlineMs: modelDeadlineMs,
    patienceMs: options.once ? oncePatienceMs : modelDeadlineMs,
  });
  await answer(options, community, model, display, signal);
  if (options.once) return;
  const { plane, ollamaCommand } = community;
  const commonhold = join(root, "cli/commonhold.mjs");
  display.lines(guide({ ...facts(community), model, kubectl: plane.kubectlPath, ollamaCommand, commonhold }));
  display.facts({ ...facts(community), model });
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  signal.throwIfAborted();
}

async function answer(
  options: UpOptions,
  community: Community,
  model: string,
  display: Display,
  signal: AbortSignal,
): Promise<void> {
  display.lines(["", `> ${options.prompt}`, ""]);
  const start = systemClock.now();
  const question = { url: community.gateway.url, key: community.you.key, model, prompt: options.prompt, signal };
  const { tokens } = await ask(question, (text) => display.answer(text));
  display.answerDone({ model, tokens, seconds: ((systemClock.now() - start) / 1000).toFixed(1) });
}

function facts(community: Community) {
  const { gateway, you, envPath, plane, policy, memberKey } = community;
  const governed = { policy: policy.url, memberKey: memberKey.path };
  return { url: gateway.url, key: you.key, envPath, kubeconfig: plane.adminKubeconfigPath, ...governed };
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
