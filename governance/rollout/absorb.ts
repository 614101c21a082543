/** What came of each command, taken into what is known. */
import type { Logger } from "pino";
import type { ReceiptResult } from "../log/record.ts";
import { objectTitle } from "../policy/policy.ts";
import type { Apply, Command } from "./command.ts";
import type { DriftTeller } from "./drift.ts";
import type { Done } from "./execute.ts";
import type { Following } from "./following.ts";
import type { Pass } from "./gather.ts";
import { judge } from "./judge.ts";
import type { RolloutLimits } from "./limits.ts";
import type { LiveObject } from "./live.ts";
import type { Memory } from "./memory.ts";
import { isMadeByUs, receiptOf } from "./receipts.ts";
import { conflictSentence, nameOf, notTakenSentence } from "./words.ts";

export interface AbsorbContext {
  readonly following: Pick<Following, "saw" | "vanished">;
  readonly memory: Memory;
  readonly drift: DriftTeller;
  readonly logger: Logger;
  readonly limits: Pick<RolloutLimits, "triesMax">;
}

export async function absorb(context: AbsorbContext, pass: Pass, done: Done): Promise<void> {
  const { following, memory, drift, limits } = context;
  const { command } = done;
  switch (done.result) {
    case "applied": {
      following.saw(done.answer);
      checkAnswer(context, pass, done.command, done.answer);
      tellResult(memory, done.command, done.answer);
      await drift.corrected(done.command, done.answer);
      return;
    }
    case "removed":
      if (done.left) following.saw(done.left);
      else following.vanished(done.command.live);
      memory.did(command.key, receiptOf(done.command.live, "pruned"));
      return;
    case "conflict":
      if (done.latest) following.saw(done.latest);
      else if (command.live) following.vanished(command.live);
      if (tried(pass, command.key) >= limits.triesMax) failConflict(pass, command);
      return;
    case "failed":
      pass.failures.set(command.key, done.failure);
      return;
    case "left":
      return;
  }
}

function checkAnswer({ memory, logger, limits }: AbsorbContext, pass: Pass, command: Apply, answer: LiveObject): void {
  const { key, desired, of, origin } = command;
  const tries = tried(pass, key);
  const said = judge(desired, of, answer, { origin, isSettled: () => true });
  if (said.state === "differs") {
    const sentence = notTakenSentence(desired.object, said.fields);
    pass.failures.set(key, { code: "Refused", reason: "NotTaken", sentence });
    return;
  }
  const whole = judge(desired, of, answer, { origin, isSettled: () => false });
  // Nobody put it there but the API server itself, or something that does so with every write of ours: not to be fought.
  if (whole.state === "differs" && (whole.manager === undefined || tries >= limits.triesMax)) {
    memory.settle(key, answer);
    logger.warn(
      { object: objectTitle(desired.object), fields: whole.fields, manager: whole.manager },
      "the API server adds to what is written: are the definitions of the kinds those of this version?",
    );
  } else if (tries > limits.triesMax) failConflict(pass, command);
}

function tellResult(memory: Memory, { key, live }: Apply, answer: LiveObject): void {
  // What was not seen may have been there all the same: times have whole seconds, and what was there and is changed is no first generation.
  const wasCreated =
    (!live && isMadeByUs(answer) && (answer.metadata.generation ?? 1) === 1) ||
    memory.done.get(key)?.result === "created";
  if (live && live.metadata.resourceVersion === answer.metadata.resourceVersion) return;
  const result: ReceiptResult = wasCreated ? "created" : "configured";
  memory.did(key, receiptOf(answer, result));
}

/** How often it was written in this step, this time included. */
function tried({ tries }: Pass, key: string): number {
  const count = (tries.get(key) ?? 0) + 1;
  tries.set(key, count);
  return count;
}

function failConflict(pass: Pass, command: Command): void {
  const object = command.kind === "Apply" ? command.desired.object : nameOf(command.live);
  pass.failures.set(command.key, { code: "Conflict", reason: "Conflict", sentence: conflictSentence(object) });
}
