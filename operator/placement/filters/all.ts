/**
 * The filters in the order in which they are asked; the first "no" is the one that a person reads. The owner's will comes before
 * technical reasons, what nobody can change before what passes by itself, room that preemption can make last (`preempt.ts` relies on it).
 */
import type { PlacementEvent, RefusalCode, RefusalDetail } from "../refusal.ts";
import { namespaceAllowed } from "./allowed-namespaces.ts";
import { notBackingOff } from "./backing-off.ts";
import { diskLeft } from "./disk.ts";
import { engineNewEnough } from "./engine-version.ts";
import type { Filter, Question } from "./filter.ts";
import { hostReady } from "./host-ready.ts";
import { selected } from "./host-selector.ts";
import { sameLayer } from "./layer.ts";
import { loadedModelsLeft } from "./loaded-models.ts";
import { memoryLeft } from "./memory.ts";
import { modelSupported } from "./model-supported.ts";
import { nameFree } from "./name-free.ts";
import { notBeingRemoved } from "./not-being-removed.ts";
import { notLeaving } from "./not-leaving.ts";
import { notPaused } from "./paused.ts";
import { notQuiet } from "./quiet-hours.ts";
import { transportSecure } from "./transport.ts";
import { trustedEnough } from "./trust.ts";

export const filters: readonly Filter[] = [
  sameLayer, // another kind of machine
  selected, // not asked for
  namespaceAllowed, // the owner does not let this namespace in
  trustedEnough,
  transportSecure,
  notLeaving,
  notPaused,
  notQuiet,
  hostReady,
  engineNewEnough,
  modelSupported,
  nameFree,
  notBeingRemoved,
  notBackingOff,
  diskLeft,
  memoryLeft, // from here on room that a replica of lower priority may give
  loadedModelsLeft,
];

export function firstRefusal(question: Question): RefusalDetail | undefined {
  for (const filter of filters) {
    const refusal = filter.check(question);
    if (refusal) return refusal;
  }
  return undefined;
}

/** Whether a replica of lower priority that leaves could turn this "no" into a "yes". */
export const evictionHelps: Record<RefusalCode, boolean> = {
  HostNotReady: false,
  HostLeaving: false,
  Paused: false,
  QuietHours: false,
  WrongLayer: false,
  SelectorMismatch: false,
  TrustTooLow: false,
  NamespaceNotAllowed: false,
  InsecureTransport: false,
  EngineVersionUnknown: false,
  EngineTooOld: false,
  ModelNotSupported: false,
  NameInTheWay: false,
  BeingRemoved: false,
  NotEnoughDisk: false,
  LargerThanHost: false,
  OwnersModelsInMemory: false,
  BackingOff: false,
  NotEnoughMemory: true,
  TooManyModels: true,
};

const askedBy: Record<RefusalCode, Filter> = {
  HostNotReady: hostReady,
  HostLeaving: notLeaving,
  Paused: notPaused,
  QuietHours: notQuiet,
  WrongLayer: sameLayer,
  SelectorMismatch: selected,
  TrustTooLow: trustedEnough,
  NamespaceNotAllowed: namespaceAllowed,
  InsecureTransport: transportSecure,
  EngineVersionUnknown: engineNewEnough,
  EngineTooOld: engineNewEnough,
  ModelNotSupported: modelSupported,
  NameInTheWay: nameFree,
  BeingRemoved: notBeingRemoved,
  NotEnoughDisk: diskLeft,
  LargerThanHost: memoryLeft,
  OwnersModelsInMemory: memoryLeft,
  NotEnoughMemory: memoryLeft,
  TooManyModels: loadedModelsLeft,
  BackingOff: notBackingOff,
};

/** The events for which a deployment with these refusals is worth planning again. A new host always is. */
export function wakesFor(refusals: Iterable<RefusalDetail>): ReadonlySet<PlacementEvent> {
  const events = new Set<PlacementEvent>(["HostSpec"]);
  for (const { code } of refusals) for (const event of askedBy[code].events) events.add(event);
  return events;
}

/** The earliest time (ms) at which one of these refusals ends by itself. */
export function wakeAt(refusals: Iterable<RefusalDetail>): number | undefined {
  let at: number | undefined;
  for (const refusal of refusals) {
    if ("until" in refusal) at = Math.min(at ?? refusal.until, refusal.until);
  }
  return at;
}
