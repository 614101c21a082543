/**
 * Which of two states of one object is the newer.
 *
 * Versions are decimal numbers that grow (Kubernetes made the comparison a promise in 1.35, KEP-5504; etcd's revisions
 * have always behaved so). They are compared as text, since they may pass 2^53. What is no number is taken as newer: then
 * the order in which the watch brings things decides.
 */

import type { KubeObject } from "./resource.ts";

export function isNewer(object: KubeObject, than: KubeObject): boolean {
  const version = object.metadata.resourceVersion ?? "";
  const other = than.metadata.resourceVersion ?? "";
  if (version === other) return version === "";
  return compareVersions(version, other) !== -1;
}

/** -1, 0, 1, or undefined when one of them is no number. */
export function compareVersions(a: string, b: string): -1 | 0 | 1 | undefined {
  if (!isNumber(a) || !isNumber(b)) return undefined;
  if (a.length !== b.length) return a.length < b.length ? -1 : 1;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function isNumber(text: string): boolean {
  return /^(0|[1-9]\d{0,38})$/.test(text);
}
