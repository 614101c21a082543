/**
 * Finalizers: the names that keep an object until somebody has cleaned up after it.
 *
 * The decisions are pure. The effects write the whole list together with the `resourceVersion` it was read at, so a list
 * that somebody else changed in between is a conflict and never overwritten; a conflict reads again, a bounded number of
 * times. Take a finalizer off last, after the clean-up has succeeded: it is the only thing that keeps the object.
 */

import type { CallOptions, KubeClient } from "./client.ts";
import { isConflict, isNotFound } from "./errors.ts";
import { type KubeObject, keyOf, type ResourceType } from "./resource.ts";

export function isDeleting(object: Readonly<KubeObject>): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}

export function hasFinalizer(object: Readonly<KubeObject>, finalizer: string): boolean {
  return object.metadata.finalizers?.includes(finalizer) ?? false;
}

export interface FinalizerPatch {
  metadata: { resourceVersion: string | undefined; finalizers: string[] };
}

/** The merge patch that adds it; undefined when it is there, or when the object is being deleted (the server refuses). */
export function addFinalizerPatch(object: Readonly<KubeObject>, finalizer: string): FinalizerPatch | undefined {
  if (hasFinalizer(object, finalizer) || isDeleting(object)) return undefined;
  return patchTo(object, [...(object.metadata.finalizers ?? []), finalizer]);
}

/** The merge patch that takes it off; undefined when it is not there. */
export function removeFinalizerPatch(object: Readonly<KubeObject>, finalizer: string): FinalizerPatch | undefined {
  if (!hasFinalizer(object, finalizer)) return undefined;
  return patchTo(
    object,
    (object.metadata.finalizers ?? []).filter((name) => name !== finalizer),
  );
}

/** The object with the finalizer, or undefined when it is gone, was made anew, or is being deleted without it. */
export async function addFinalizer<T extends KubeObject>(
  client: Pick<KubeClient, "get" | "patch">,
  type: ResourceType<T>,
  object: Readonly<T>,
  finalizer: string,
  options: CallOptions = {},
): Promise<Readonly<T> | undefined> {
  const written = await write(client, type, object, (current) => addFinalizerPatch(current, finalizer), options);
  return written && hasFinalizer(written, finalizer) ? written : undefined;
}

/** The object without the finalizer, or undefined when it is gone (usually because this was the last one). */
export async function removeFinalizer<T extends KubeObject>(
  client: Pick<KubeClient, "get" | "patch">,
  type: ResourceType<T>,
  object: Readonly<T>,
  finalizer: string,
  options: CallOptions = {},
): Promise<Readonly<T> | undefined> {
  return write(client, type, object, (current) => removeFinalizerPatch(current, finalizer), options);
}

const attemptsMax = 5;

async function write<T extends KubeObject>(
  client: Pick<KubeClient, "get" | "patch">,
  type: ResourceType<T>,
  object: Readonly<T>,
  patchOf: (current: Readonly<T>) => FinalizerPatch | undefined,
  options: CallOptions,
): Promise<Readonly<T> | undefined> {
  let current: Readonly<T> | undefined = object;
  for (let attempt = 1; ; attempt++) {
    const patch = patchOf(current);
    if (!patch) return current;
    try {
      return await client.patch(type, current.metadata, patch, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (!isConflict(error) || attempt >= attemptsMax) throw error;
    }
    current = await client.get(type, object.metadata, options);
    if (!current || current.metadata.uid !== object.metadata.uid) return undefined;
  }
}

function patchTo(object: Readonly<KubeObject>, finalizers: string[]): FinalizerPatch {
  const { resourceVersion } = object.metadata;
  if (!resourceVersion) throw new TypeError(`${object.kind} ${keyOf(object.metadata)} was not read from the server`);
  return { metadata: { resourceVersion, finalizers } };
}
