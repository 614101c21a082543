/**
 * Why a host was not chosen, as data: what was needed, what is there. Filters make refusals, `sentences.ts` alone makes
 * words of them, `evictionHelps` tells whether preemption is worth a thought.
 */
import type { Layer, Trust } from "./snapshot.ts";

/** Times are milliseconds since the epoch, sizes bytes. */
export type RefusalDetail =
  | { readonly code: "HostNotReady"; readonly reason: string; readonly message: string; readonly since: number }
  | { readonly code: "HostLeaving"; readonly since: number }
  | { readonly code: "Paused"; readonly owner: string; readonly since: number }
  | {
      readonly code: "QuietHours";
      readonly owner: string;
      readonly since: number;
      readonly until: number;
      readonly timeZone: string;
    }
  | { readonly code: "WrongLayer"; readonly wanted: Layer; readonly layer: Layer }
  | { readonly code: "SelectorMismatch"; readonly requirement: string; readonly found?: string }
  | { readonly code: "TrustTooLow"; readonly wanted: Trust; readonly trust: Trust }
  | { readonly code: "NamespaceNotAllowed"; readonly namespace: string; readonly allowed: readonly string[] }
  | { readonly code: "InsecureTransport"; readonly layer: Layer }
  | { readonly code: "EngineVersionUnknown"; readonly version?: string }
  | { readonly code: "EngineTooOld"; readonly version: string; readonly minimum: string }
  | {
      readonly code: "ModelNotSupported";
      readonly architecture?: string;
      readonly version: string;
      readonly said: string;
    }
  | { readonly code: "NameInTheWay"; readonly model: string; readonly owner: string }
  | { readonly code: "BeingRemoved"; readonly model: string }
  | { readonly code: "NotEnoughDisk"; readonly needed: number; readonly used: number; readonly capacity: number }
  /** More than the owner's share in all: evicting others will not help. */
  | {
      readonly code: "LargerThanHost";
      readonly needed: number;
      readonly allowed: number;
      readonly capacity: number;
      readonly owner: string;
    }
  | { readonly code: "NotEnoughMemory"; readonly needed: number; readonly used: number; readonly allowed: number }
  /** The owner's own models take the room: evicting ours will not help. */
  | {
      readonly code: "OwnersModelsInMemory";
      readonly needed: number;
      readonly strangers: number;
      readonly used: number;
      readonly capacity: number;
    }
  | { readonly code: "TooManyModels"; readonly placed: number; readonly maximum: number; readonly isDeclared: boolean }
  | { readonly code: "BackingOff"; readonly until: number; readonly failures: number; readonly message: string };

export type RefusalCode = RefusalDetail["code"];
export type Refusal = RefusalDetail & { readonly host: string };

/** What may happen that could turn a "no" into a "yes". A waiting deployment wakes for these only. */
export type PlacementEvent =
  /** A host became ready, or stopped being it. */
  | "HostReady"
  /** A host's spec or labels changed, or a host came. */
  | "HostSpec"
  /** A host tells another engine version. */
  | "HostVersion"
  /** What lies on a host's disk, or is to be removed from it, changed. */
  | "HostDisk"
  /** What is in a host's memory changed. */
  | "HostMemory"
  /** A replica of any deployment left a host. */
  | "ReplicaGone"
  /** A time in the refusal passed (`wakeAt`). */
  | "Time";
