/**
 * What the conditions of a ModelHost are about and why they are as they are: one sentence per type and per reason. Programs
 * switch on the words, `docs/reference` is generated from them, and no controller writes a reason that is not here.
 */

export const modelHostConditions = {
  Ready:
    "True when the machine can serve; computed from the others, in one place. An owner's pause does not make it false.",
  Reachable: "True while the machine answers.",
  EngineSupported: "True when the engine's version is one that can be driven.",
  MemoryKnown: "True when it is known how much memory models may take.",
  InsecureTransport: "True when anybody on the way could read what is sent: nothing of the community goes there then.",
  Paused: "True while its owner has paused it: nothing new is placed there, and what runs moves away.",
  Quiet: "True during its owner's quiet hours: as if it was paused.",
  Unstable: "True while it is left alone because it came and went too often.",
  SettingsDiffer: "True when what is measured contradicts the settings of the engine that the spec declares.",
  RemovalsPending: "True while names of ours wait to be removed from it.",
  UnknownModels: "True when models there carry names like ours, but nothing shows that this installation made them.",
  Stalled: "True when nothing gets better until somebody changes something; the message says what.",
} as const;

export type ModelHostConditionType = keyof typeof modelHostConditions;

/** Which conditions Ready is made of, in the order in which they are told. */
export const modelHostReadiness = {
  positive: ["Reachable", "EngineSupported", "MemoryKnown"],
  negative: ["InsecureTransport", "Stalled"],
} as const satisfies Record<string, readonly ModelHostConditionType[]>;

export const modelHostReasons = {
  // Ready
  Serving: "The machine answers and may serve.",

  // Reachable
  Answering: "It answers.",
  NotAskedYet: "It has not been asked yet since the operator started, or since its endpoint changed.",
  NotAnswering: "It did not answer several times in a row; the message tells why the last time.",
  BadAnswer: "Something answers, but not as the engine does.",
  Denied: "It refuses who we are: the bearer token or client certificate is missing or wrong.",
  Untrusted: "Its certificate or key is not the one that the spec asks for.",
  AddressRefused: "The address policy forbids to connect to where the endpoint leads.",
  InvalidEndpoint: "The endpoint cannot be used as it is written.",
  SecretMissing: "A Secret that the endpoint names does not exist in the operator's namespace, or lacks a key.",
  SecretForbidden:
    "The operator may not read a Secret that the endpoint names: the installation does not list it (`hostSecrets` of the chart).",
  SecretUnreadable: "A Secret that the endpoint names could not be read.",
  TunnelNotConnected: "The machine dials out to us and has not done so; it cannot be reached otherwise.",

  // EngineSupported
  VersionSupported: "The engine's version keeps what a registry serves, so digests can be compared.",
  FilesOnly: "The engine's version re-encodes what a registry serves: only models from files can be verified there.",
  VersionUnknown:
    "The engine did not tell a version, or one that cannot be read: only models from files are placed there.",
  VersionTooOld: "The engine is too old to be driven.",

  // MemoryKnown
  Declared: "Memory is what the owner declares.",
  Confirmed: "What was discovered on the Node agrees with what the owner declares.",
  Differs: "What was discovered on the Node differs from what the owner declares; the smaller memory counts.",
  NodeNotFound: "The Node that the spec names does not exist; what the owner declares counts.",
  NodeUnreadable: "The Node that the spec names could not be read; what the owner declares counts.",

  // InsecureTransport
  Encrypted: "The connection is encrypted and the other side proves who it is.",
  WithinMachineOrCluster: "Plain http, but only on loopback or inside the cluster.",
  PlainHttp: "Plain http over a network: give the host an https endpoint.",

  // Paused, Quiet
  PausedByOwner: "The spec says pause: true.",
  NotPaused: "The spec does not pause it.",
  QuietHours: "The local time is in one of the owner's quiet hours.",
  NotQuiet: "No quiet hours now.",
  UnknownTimeZone:
    "Quiet hours name a time zone that is not known, so it is not known when they are; they count as now.",

  // Unstable
  ComesAndGoes: "It was lost several times in a short while; nothing new is placed there for some time.",
  Steady: "It does not come and go.",

  // SettingsDiffer
  Claimed: "The declared settings are a claim: nothing that can be measured contradicts them.",
  MoreMemoryThanDeclared:
    "A model takes much more memory than the declared parallel requests and KV cache type explain.",
  LessMemoryThanDeclared:
    "A model takes much less memory than the declared parallel requests and KV cache type explain.",
  MoreModelsThanDeclared: "More models are in memory at once than the declared maximum.",

  // RemovalsPending, UnknownModels
  NothingToRemove: "Nothing waits for removal.",
  Removing: "Names are being removed.",
  RemovalFailed: "The host refused a removal; it is tried again.",
  WaitingForHost: "The host does not answer; it is cleaned when it does.",
  NoneUnknown: "Every model that carries a name like ours was made by this installation.",
  NotMadeHere: "Models carry names like ours that this installation has not written down; they are left alone.",

  // Stalled
  Progressing: "Nothing needs a person.",
} as const;

export type ModelHostReason = keyof typeof modelHostReasons;

/** Events are named by what happened, in the past. */
export const modelHostEvents = {
  HostReady: "The host can serve now.",
  HostNotReady: "The host cannot serve any more.",
  HostLost: "The host stopped answering.",
  HostBack: "The host answers again.",
  EngineChanged: "The engine tells another version.",
  HardwareDiffers: "What was discovered differs from what is declared.",
  ModelRemoved: "A model of ours was removed from the host.",
  OrphanFound: "A model that we made, and that no deployment wants any more, was found and is removed.",
  LetGo: "A ModelHost was deleted although models of ours may still be on the machine.",
} as const;

export type ModelHostEvent = keyof typeof modelHostEvents;
