/** What an error of the API server means for one object: a code for the record, a sentence for people. */
import {
  FencedError,
  isConflict,
  isConnectionFailure,
  isForbidden,
  isInvalid,
  isKubeError,
  isNotFound,
  isTransient,
  isUnauthorized,
  type KubeError,
} from "../../operator/kube/errors.ts";
import type { ObjectName } from "../policy/policy.ts";
import type { Failure } from "./snapshot.ts";
import { conflictSentence, refusedSentence, unansweredSentence } from "./words.ts";

/** Throws what is no refusal: an abort, the end of the right to write, a bug. `place` is file and line, where there are any. */
export function failureOf(error: unknown, object: ObjectName, place: string | undefined): Failure {
  if (!isKubeError(error) || error instanceof FencedError) throw error;
  if (isConflict(error)) return { code: "Conflict", reason: "Conflict", sentence: conflictSentence(object) };
  if (isTransient(error)) {
    return { code: "Unreachable", reason: reasonOf(error), sentence: unansweredSentence(object, error.message) };
  }
  return { code: "Refused", reason: reasonOf(error), sentence: refusedSentence(object, place, error.message) };
}

/** Worth to stop for: the next call would wait as long. */
export function isUnanswered(error: unknown): boolean {
  return isConnectionFailure(error) || (isKubeError(error) && isTransient(error));
}

function reasonOf(error: KubeError): string {
  if (isForbidden(error)) return "Forbidden";
  if (isInvalid(error)) return "Invalid";
  if (isUnauthorized(error)) return "Unauthorized";
  if (isNotFound(error)) return "NotFound";
  if (isConnectionFailure(error)) return error.reason;
  return `Status${error.status}`;
}
