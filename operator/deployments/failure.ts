/** What a failed step means: which word and sentence a person reads, and whether the same host is worth another try. */
import type { ModelDeploymentReason } from "../apis/conditions/model-deployment.ts";
import type { EngineErrorCode } from "../engines/error.ts";
import { isEngineError } from "../engines/error.ts";
import { HostUnavailable } from "../hosts/view.ts";
import { ModelError } from "../models/model-error.ts";
import { printable } from "../text/printable.ts";
import type { TaskStep } from "./command.ts";
import type { TaskView } from "./tasks/tasks.ts";

export interface Failure {
  /** `retry`: later, on the same host. `refused`: not on this host. `moved`: look again at once. */
  readonly kind: "retry" | "refused" | "moved";
  readonly reason: ModelDeploymentReason;
  readonly message: string;
  /** The engine's version cannot run the model. */
  readonly unsupported?: boolean;
}

const wordsCharsMax = 600;

/** A step's own finding: the host claims another digest than the resolved one. */
export class DigestDiffers extends Error {
  override readonly name = "DigestDiffers";
}

export function failureOf(task: Pick<TaskView, "step" | "host">, error: unknown): Failure {
  const { reason, kind, unsupported } = verdict(task.step, error);
  const words = wordsOf(error);
  // An engine's error says itself what was being done.
  const message = isEngineError(error)
    ? `${task.host}: ${words}`
    : `${doing(task.step)} on ${task.host} failed: ${words}`;
  return { kind, reason, message, ...(unsupported ? { unsupported } : {}) };
}

export function wordsOf(error: unknown): string {
  if (isEngineError(error) && error.hostSaid) {
    const said = printable(error.hostSaid, wordsCharsMax);
    return error.message.includes(said)
      ? printable(error.message, wordsCharsMax)
      : `${printable(error.message, wordsCharsMax)} (the host said: ${said})`;
  }
  return printable(error instanceof Error ? error.message : String(error), wordsCharsMax);
}

type Verdict = Pick<Failure, "kind" | "reason" | "unsupported">;

function verdict(step: TaskStep, error: unknown): Verdict {
  if (error instanceof DigestDiffers) return { kind: "retry", reason: "DigestMismatch" };
  if (error instanceof HostUnavailable) return { kind: "retry", reason: "HostUnreachable" };
  if (error instanceof ModelError) return { kind: "retry", reason: "FileRefused" };
  if (!isEngineError(error)) return { kind: "retry", reason: reasonOf[step.kind] };
  return byCode[error.code] ?? { kind: "retry", reason: reasonOf[step.kind] };
}

/** What is not listed takes the step's own reason and is tried again. */
const byCode: Partial<Record<EngineErrorCode, Verdict>> = {
  Unreachable: { kind: "retry", reason: "HostUnreachable" },
  OutOfMemory: { kind: "retry", reason: "OutOfMemory" },
  DiskFull: { kind: "retry", reason: "DiskFull" },
  DigestMismatch: { kind: "retry", reason: "DigestMismatch" },
  RegistryUnreachable: { kind: "retry", reason: "PullFailed" },
  ModelNotFound: { kind: "moved", reason: "Waiting" },
  BlobNotFound: { kind: "moved", reason: "Waiting" },
  NotSupported: { kind: "refused", reason: "UnsupportedModel", unsupported: true },
  TooOld: { kind: "refused", reason: "HostTooOld", unsupported: true },
};

const reasonOf: Record<TaskStep["kind"], ModelDeploymentReason> = {
  Pull: "PullFailed",
  Alias: "CreateFailed",
  DropPulled: "CreateFailed",
  MakeBase: "CreateFailed",
  MakeServed: "CreateFailed",
  Load: "LoadFailed",
};

function doing(step: TaskStep): string {
  switch (step.kind) {
    case "Pull":
      return `pulling ${step.reference}`;
    case "Alias":
      return `naming ${step.base}`;
    case "DropPulled":
      return `taking the name ${step.name} away`;
    case "MakeBase":
      return `making ${step.base} from its files`;
    case "MakeServed":
      return `making ${step.served}`;
    case "Load":
      return `loading ${step.served}`;
  }
}
