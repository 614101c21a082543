/** Carries out the commands of one stage, some at a time. All writes of the rollout are in this file. */
import { fieldManagers } from "../../operator/apis/group.ts";
import type { Clock } from "../../operator/clock/clock.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { isConflict, isInvalid } from "../../operator/kube/errors.ts";
import type { ObjectRef } from "../../operator/kube/resource.ts";
import { atOnce } from "../policy/at-once.ts";
import type { Apply, Command, Remove } from "./command.ts";
import { sentObject } from "./desired.ts";
import { type LiveObject, liveOf } from "./live.ts";
import { managedFieldsWith } from "./ownership/surplus.ts";
import { failureOf, isUnanswered } from "./refusal.ts";
import type { Failure } from "./snapshot.ts";
import { nameOf, placeOf } from "./words.ts";

export interface ExecuteContext {
  readonly client: Pick<KubeClient, "get" | "apply" | "patch" | "remove">;
  readonly clock: Clock;
  readonly limits: ExecuteLimits;
  /** No write is begun after this time, ms. */
  readonly until: number;
}

export interface ExecuteLimits {
  readonly writesAtOnceMax: number;
  readonly writeTimeoutMs: number;
  readonly unansweredMax: number;
}

export type Done =
  | { readonly result: "applied"; readonly command: Apply; readonly answer: LiveObject }
  /** `left`: as it is while finalizers hold it. */
  | { readonly result: "removed"; readonly command: Remove; readonly left: LiveObject | undefined }
  /** Somebody else was faster; `latest` is what they made of it, undefined when it is gone. */
  | { readonly result: "conflict"; readonly command: Command; readonly latest: LiveObject | undefined }
  | { readonly result: "failed"; readonly command: Command; readonly failure: Failure }
  /** Not begun: the time was over, or the API server had left too many others without an answer. */
  | { readonly result: "left"; readonly command: Command };

/** Rejects with the signal's reason, a `FencedError`, or a bug; everything else is in what it gives back. */
export async function execute(
  context: ExecuteContext,
  commands: readonly Command[],
  signal: AbortSignal,
): Promise<readonly Done[]> {
  const { limits, clock, until } = context;
  let unanswered = 0;
  return atOnce(commands, limits.writesAtOnceMax, async (command): Promise<Done> => {
    signal.throwIfAborted();
    if (unanswered >= limits.unansweredMax || clock.now() >= until) return { result: "left", command };
    try {
      return await carryOut(context, command, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (isUnanswered(error)) unanswered++;
      return { result: "failed", command, failure: failureOf(error, objectOf(command), fileOf(command)) };
    }
  });
}

async function carryOut(context: ExecuteContext, command: Command, signal: AbortSignal): Promise<Done> {
  const call: Call = { signal, timeoutMs: context.limits.writeTimeoutMs };
  try {
    if (command.kind === "Apply") return { result: "applied", command, answer: await apply(context, command, call) };
    return { result: "removed", command, left: await remove(context, command, call) };
  } catch (error) {
    if (isConflict(error)) return { result: "conflict", command, latest: await read(context, command, call) };
    const latest = isInvalid(error) ? await read(context, command, call) : undefined;
    // Decided on what it was before: it may be refused only together with what is there by now.
    if (latest && isAnother(latest, command.live)) return { result: "conflict", command, latest };
    throw error;
  }
}

function isAnother(latest: LiveObject, seen: LiveObject | undefined): boolean {
  return latest.metadata.resourceVersion !== seen?.metadata.resourceVersion;
}

interface Call {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** Until it is taken over nothing of the object has changed; killed in between, the next look sees that we own too much. */
async function apply({ client }: ExecuteContext, command: Apply, call: Call): Promise<LiveObject> {
  const { desired, of, origin } = command;
  const object = sentObject(desired, origin);
  const resourceVersion = await takeOver(client, command, call);
  if (resourceVersion !== undefined) object.metadata.resourceVersion = resourceVersion;
  const options = { ...call, fieldManager: fieldManagers.governance, force: true };
  return liveOf(await client.apply(of.type, object, options), of.type);
}

/** Gives back the version in which the surplus is ours; undefined when there is none to take. */
async function takeOver(
  client: Pick<KubeClient, "patch">,
  { desired, of, live, surplus }: Apply,
  call: Call,
): Promise<string | undefined> {
  if (!live || !surplus) return undefined;
  const edits = [
    { op: "add", path: "/metadata/managedFields", value: managedFieldsWith(surplus, desired, of, live) },
    { op: "replace", path: "/metadata/resourceVersion", value: live.metadata.resourceVersion },
  ];
  const options = { ...call, kind: "json", fieldManager: fieldManagers.governance } as const;
  return (await client.patch(of.type, refOf(live), edits, options)).metadata.resourceVersion;
}

/** Only that very object: one that was made anew under the same name is another one. */
async function remove({ client }: ExecuteContext, { of, live }: Remove, call: Call): Promise<LiveObject | undefined> {
  const left = await client.remove(of.type, refOf(live), { ...call, uid: live.metadata.uid });
  return typeof left === "object" ? liveOf(left, of.type) : undefined;
}

async function read({ client }: ExecuteContext, command: Command, call: Call): Promise<LiveObject | undefined> {
  const { of } = command;
  const found = await client.get(of.type, refIn(command), call);
  return found && liveOf(found, of.type);
}

function refIn(command: Command): ObjectRef {
  return command.kind === "Apply" ? command.desired.object : refOf(command.live);
}

function refOf({ metadata }: LiveObject): ObjectRef {
  return { name: metadata.name, namespace: metadata.namespace };
}

function objectOf(command: Command) {
  return command.kind === "Apply" ? command.desired.object : nameOf(command.live);
}

function fileOf(command: Command): string | undefined {
  return command.kind === "Apply" ? placeOf(command.desired.object) : undefined;
}
