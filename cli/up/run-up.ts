/** What `commonhold up` does. In a file of its own, so that the other verbs do not load what talks to a cluster. */
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { systemClock } from "../../operator/clock/system.ts";
import type { Display } from "../display/display.ts";
import { jsonDisplay } from "../display/json-display.ts";
import { standardOutput } from "../display/standard-output.ts";
import { textDisplay } from "../display/text-display.ts";
import { type Community, startCommunity } from "./community/community.ts";
import { guide } from "./community/guide.ts";
import { ask } from "./community/question.ts";
import { serveModel } from "./community/serve-model.ts";
import { createStack, type Stack } from "./processes/stack.ts";
import { stopOnSignal } from "./processes/stop-on-signal.ts";
import { openStateDirectory } from "./state/directory.ts";
import { lockState } from "./state/lock.ts";

export interface UpOptions {
  readonly once: boolean;
  readonly json: boolean;
  readonly model?: string;
  readonly prompt: string;
  readonly state: string;
}

const root = join(import.meta.dirname, "../../..");
const modelDeadlineMs = 60 * 60_000;
/** With `--once` nobody is there who could mend what holds the model up. */
const oncePatienceMs = 30_000;

export async function runUp(options: UpOptions): Promise<void> {
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
