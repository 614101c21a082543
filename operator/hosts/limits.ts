/** Every wait and bound of the hosts' controller, by name. Milliseconds where the name ends in `Ms`. */

export interface HostLimits {
  /** Between two probes of a host that carries something of ours, while things change there. */
  readonly probeIntervalMs: number;
  /** Where nothing has changed for a while the interval grows up to this: with models of ours, and without. */
  readonly steadyIntervalMs: number;
  readonly idleIntervalMs: number;
  /** Answers without any change before the interval begins to grow. */
  readonly steadyAfterAnswers: number;
  /** One question to a host. */
  readonly questionTimeoutMs: number;
  /** All questions of one probe. */
  readonly probeTimeoutMs: number;
  /** After a miss it is asked again so soon, doubling up to `awayIntervalMs` once it counts as away. */
  readonly missIntervalMs: number;
  readonly awayIntervalMs: number;
  /** Misses in a row until a host that had answered counts as away. */
  readonly missesMax: number;
  /** Losing a host so often within the window means that it comes and goes. */
  readonly lossesMax: number;
  readonly lossesWindowMs: number;
  /** Then nothing new is placed for so long after it is back, doubling with each further loss. */
  readonly unstableBaseMs: number;
  readonly unstableMaxMs: number;

  /** How old what was read of Secrets and Nodes may get. */
  readonly secretAgeMaxMs: number;
  readonly nodeAgeMaxMs: number;
  /** What is missing or unreadable, or refused by the host, is read again so soon. */
  readonly rereadMs: number;

  /** Changes of numbers and messages wait so long after the last status write; everything else is written at once. */
  readonly softWriteMs: number;

  /** One call that unloads or removes a model. */
  readonly removalTimeoutMs: number;
  readonly removalRetryBaseMs: number;
  readonly removalRetryMaxMs: number;
  /** A name that we made and nobody wants is removed after so long: whoever dropped it may still hand it over. */
  readonly orphanGraceMs: number;
  /** A ModelHost that is being deleted waits so long for its replicas to move away before they are removed all the same. */
  readonly leaveMs: number;
  /** … and so long for a machine that does not answer before it is let go uncleaned. */
  readonly letGoMs: number;
}

export const defaultHostLimits: HostLimits = {
  probeIntervalMs: 5_000,
  steadyIntervalMs: 10_000,
  idleIntervalMs: 30_000,
  steadyAfterAnswers: 12,
  questionTimeoutMs: 5_000,
  probeTimeoutMs: 10_000,
  missIntervalMs: 1_000,
  awayIntervalMs: 30_000,
  missesMax: 3,
  lossesMax: 3,
  lossesWindowMs: 600_000,
  unstableBaseMs: 60_000,
  unstableMaxMs: 900_000,
  secretAgeMaxMs: 60_000,
  nodeAgeMaxMs: 300_000,
  rereadMs: 5_000,
  softWriteMs: 15_000,
  removalTimeoutMs: 60_000,
  removalRetryBaseMs: 2_000,
  removalRetryMaxMs: 300_000,
  orphanGraceMs: 60_000,
  leaveMs: 600_000,
  letGoMs: 600_000,
};

/** Bounds of the status (the CRD's own). */
export const modelsListedMax = 512;
export const loadedListedMax = 128;
export const madeMax = 1024;
export const removalsMax = 512;
export const nameCharsMax = 400;
