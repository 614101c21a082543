/**
 * What the conditions of a ModelDeployment are about and why they are as they are: one sentence per type and per reason.
 * Programs switch on the words, `docs/reference` is generated from them, and no controller writes a reason that is not here.
 */

export const modelDeploymentConditions = {
  Ready: "True when everything that the spec asks for is served; computed from all the others, in one place.",
  Resolved: "True when the reference was turned into exact content: a digest and sizes.",
  Placed: "True when every wanted replica has a host.",
  ModelPulled:
    "True when every placed replica's host has the model on its disk, with the resolved digest as it claims.",
  Available: "True when at least one replica answered a probe and serves, or when none is wanted.",
  Progressing: "True while something is under way that will change what is served.",
  Stalled: "True when nothing more happens until somebody changes something; the message says what.",
  Degraded: "True when what is served is worse than asked for: fewer replicas, or a model that fell back to the CPU.",
  UpdateAvailable: "True when the tag points at other content than what is served.",
} as const;

export type ModelDeploymentConditionType = keyof typeof modelDeploymentConditions;

export const modelDeploymentReasons = {
  // What the reference means
  Resolving: "The registry or the spec is being asked what the reference means.",
  ReferenceResolved: "The reference has a digest, and that is what is served until the spec asks for something else.",
  InvalidReference: "The reference cannot be read; the message says which part.",
  ModelNotFound: "The registry has no such model or tag; the message carries its words and what to try.",
  CloudModel:
    "The reference names a model whose prompts leave the machine (`:cloud`): not served on hosts of the community.",
  RegistryDenied: "The registry wants a login.",
  RegistryUnreachable: "The registry does not answer; it is asked again, and what runs goes on.",
  RegistryFailed: "The registry answered with something that is no manifest.",
  AddressRefused: "The address policy forbids to connect to where the reference leads.",
  PinNotServed: "The registry serves other content under the tag than the spec pins.",
  UnsupportedModel: "The content is not a model that hosts of this kind can run.",

  // Where it runs
  WaitingForModel: "Placement waits until the reference is resolved.",
  EveryReplicaPlaced: "Every wanted replica has a host.",
  NoHosts: "There is no ModelHost.",
  NoHostFits: "Hosts are there, but none can take a replica; `status.refusals` says why, host by host.",
  TooFewHosts: "Some replicas have a host, for the others none can take one.",

  // The way onto a host
  Waiting: "Waits for its turn or for something that the message names.",
  SiteRegistryFills:
    "The site's registry fetches the model first, for all hosts; the message says how long they wait for it.",
  Pulling: "The host downloads the model.",
  Verifying: "The digest that the host claims is compared with the resolved one.",
  Sending: "Files are streamed to the host.",
  Creating: "The served model is made on the host from the verified one.",
  Loading: "The host takes the model into memory; a probe follows.",
  Removing: "The model is being taken off the host.",
  EveryReplicaPulled: "Every host that carries a replica has the model on its disk.",
  NothingToPull: "No replica is wanted or placed.",
  PullFailed: "The download failed; it goes on from where it stopped at the named time.",
  DigestMismatch: "The host got other content than what the reference was resolved to; it was deleted again.",
  TagMoved: "The host lacks the model and the tag serves other content now, so it cannot be had under this name.",
  NameTaken: "The host has a model of that name with other content that is not ours: it is never overwritten.",
  DiskFull: "The host's disk has no room for the model.",
  FileRefused: "A file had other content or another size than the spec says, or could not be fetched.",
  CreateFailed: "The host could not make the served model.",
  LoadFailed: "The host could not take the model into memory.",
  OutOfMemory: "The host has not enough memory to load the model.",
  ProbeFailed: "The model is loaded, but did not generate a token.",
  HostTooOld: "The host's engine is too old to tell the digest that the registry serves.",
  HostUnreachable: "The host does not answer.",
  HostLost: "The host has not answered for longer than the grace; the replica is replaced.",
  HostFailing: "The host failed several times in a row; another one is looked for.",

  // What is served
  EveryReplicaReady: "Every wanted replica answered a probe.",
  SomeReplicaReady: "At least one replica serves.",
  NoReplicaReady: "No replica serves.",
  ScaledToZero: "No replica is wanted.",
  RollingOut: "Replicas are being replaced by ones of the new settings or the new model, one host after the other.",
  AsExpected: "Nothing is worse than asked for.",
  ReplicaMissing: "Fewer replicas serve than are wanted.",
  CpuFallback: "Part of the model that should be on an accelerator runs on the CPU.",
  WeightsShared:
    "Another deployment on the host serves the same weights at another context: each load pushes the other out.",
  Settled: "Nothing is under way.",
  UpToDate: "The tag points at what is served.",
  PinnedByContent: "The files are named by their content, so there is no other version that could be taken.",
  TagPointsElsewhere: "The tag points at other content; the message says how to take it.",
  Deleting: "The deployment is being deleted; its models are taken off the hosts.",
} as const;

export type ModelDeploymentReason = keyof typeof modelDeploymentReasons;

/** Events are named by what happened, in the past. */
export const modelDeploymentEvents = {
  Resolved: "The reference was turned into content.",
  ResolveFailed: "The reference could not be resolved.",
  Placed: "A replica got a host.",
  Pulled: "A host has the model, verified as far as its claim goes.",
  ReplicaReady: "A replica answered its first probe.",
  ReplicaFailed: "A step on a host failed.",
  ReplicaLost: "A replica's host was away for longer than the grace.",
  ReplicaRemoved: "A replica left its host.",
  Recreated: "The served model had been deleted or overwritten on the host and was made again.",
  Reloaded: "The model had left the host's memory and was loaded again.",
  UpdateAvailable: "The tag points at other content now.",
  UpdateTaken: "The deployment moved to other content.",
} as const;

export type ModelDeploymentEvent = keyof typeof modelDeploymentEvents;
