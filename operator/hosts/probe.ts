/** One probe of a host: its version, what lies on its disk, what is in its memory. All of it is the host's own claim. */
import { FetchError } from "../addresses/fetch-error.ts";
import type { Clock } from "../clock/clock.ts";
import type { Engine, LoadedModel, ModelOnDisk } from "../engines/engine.ts";
import { EngineError, type EngineErrorCode } from "../engines/error.ts";
import { printable } from "../text/printable.ts";
import type { HostLimits } from "./limits.ts";
import type { ProbeFailure } from "./liveness.ts";

export interface HostFacts {
  readonly version: string;
  readonly models: readonly ModelOnDisk[];
  readonly loaded: readonly LoadedModel[];
  readonly answeredAt: number;
}

export type ProbeOutcome =
  | { readonly kind: "Answered"; readonly facts: HostFacts }
  | { readonly kind: "Missed"; readonly failure: ProbeFailure };

/** Characters of what went wrong that are kept. */
const messageCharsMax = 300;

/** Rejects only with the signal's reason, when that aborts. */
export async function probeHost(
  engine: Engine,
  options: { clock: Clock; limits: HostLimits; signal: AbortSignal },
): Promise<ProbeOutcome> {
  const { clock, limits, signal } = options;
  const deadline = clock.now() + limits.probeTimeoutMs;
  // One after the other: a host that is slow is not asked three things at once, and one connection is enough.
  const question = () => ({
    signal,
    timeoutMs: Math.max(1, Math.min(limits.questionTimeoutMs, deadline - clock.now())),
  });
  try {
    const version = await engine.version(question());
    const models = await engine.models(question());
    const loaded = await engine.loaded(question());
    return { kind: "Answered", facts: { version, models, loaded, answeredAt: clock.now() } };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "Missed", failure: failureOf(error) };
  }
}

export function failureOf(error: unknown): ProbeFailure {
  const refused = refusalIn(error);
  if (refused) return { reason: "AddressRefused", message: worded(refused), terminal: true };
  if (!(error instanceof EngineError)) return { reason: "NotAnswering", message: worded(error), terminal: false };
  return { ...verdicts[error.code], message: worded(error) };
}

type Verdict = Pick<ProbeFailure, "reason" | "terminal">;

const away: Verdict = { reason: "NotAnswering", terminal: false };
const wrongAnswer: Verdict = { reason: "BadAnswer", terminal: false };

const verdicts: Record<EngineErrorCode, Verdict> = {
  Unreachable: away,
  Timeout: away,
  Stalled: away,
  Busy: away,
  HostFailed: away,
  OutOfMemory: away,
  DiskFull: away,
  RegistryUnreachable: away,
  BadResponse: wrongAnswer,
  DigestMismatch: wrongAnswer,
  RegistryNotFound: wrongAnswer,
  RegistryDenied: wrongAnswer,
  ModelNotFound: wrongAnswer,
  BlobNotFound: wrongAnswer,
  NotSupported: wrongAnswer,
  TooOld: wrongAnswer,
  Denied: { reason: "Denied", terminal: true },
  Untrusted: { reason: "Untrusted", terminal: true },
  InvalidRequest: { reason: "InvalidEndpoint", terminal: true },
};

const causesMax = 8;

function refusalIn(error: unknown): FetchError | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < causesMax; at = at.cause, depth++) {
    if (at instanceof FetchError && (at.code === "AddressRefused" || at.code === "UrlRefused")) return at;
  }
  return undefined;
}

function worded(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return printable(text.replace(/[.\s]+$/, ""), messageCharsMax) || "unknown failure";
}

/** Nothing that placement or the status looks at differs. */
export function sameFacts(a: HostFacts | undefined, b: HostFacts): boolean {
  return a !== undefined && a.version === b.version && sameModels(a.models, b.models) && sameLoaded(a.loaded, b.loaded);
}

export function sameModels(a: readonly ModelOnDisk[], b: readonly ModelOnDisk[]): boolean {
  return (
    a.length === b.length &&
    a.every((model, index) => model.name === b[index]?.name && model.digest === b[index].digest)
  );
}

export function sameLoaded(a: readonly LoadedModel[], b: readonly LoadedModel[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ name, digest, bytes, vramBytes, context }, index) => {
      const other = b[index];
      return (
        name === other?.name &&
        digest === other.digest &&
        bytes === other.bytes &&
        vramBytes === other.vramBytes &&
        context === other.context
      );
    })
  );
}
