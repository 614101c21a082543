/** What the API server said, told apart: a "no" to the object, or no answer to the question. */
import {
  isKubeError,
  isNotFound,
  isTransient,
  isUnauthorized,
  type KubeError,
  type StatusCause,
} from "../../operator/kube/errors.ts";
import { printable } from "../../operator/text/printable.ts";
import type { ChangedObject } from "./changed-objects.ts";

const sentenceCharsMax = 1_000;
const causesMax = 3;

/** Why the object would be refused; undefined where the error is none about it: the cluster is away, or does not know us. */
export function refusalOf(error: unknown, { kind, namespace }: ChangedObject): string | undefined {
  if (!isKubeError(error) || error.status === undefined || isTransient(error) || isUnauthorized(error))
    return undefined;
  if (error.status < 400 || error.status >= 500) return undefined;
  if (isNotFound(error)) {
    const where = namespace === undefined ? "" : `has no namespace ${namespace}, or `;
    return `the cluster ${where}does not know the kind ${kind} yet; whoever runs it has to add it first`;
  }
  return printable(wordsOf(error), sentenceCharsMax);
}

function wordsOf({ causes, message }: KubeError): string {
  const shown = causes.slice(0, causesMax).map(causeWords);
  const hidden = causes.length - shown.length;
  if (shown.length > 0) return `${shown.join("; ")}${hidden > 0 ? `; and ${hidden} more` : ""}`;
  return message.replace(/^[A-Z]+ \/\S*: /, "");
}

/** `spec.model: set exactly one of …`: without the object, which the server repeats before what it says of it. */
function causeWords({ field, message = "it is invalid" }: StatusCause): string {
  const words = message.replace(/^Invalid value: (("(?:[^"\\]|\\.)*"|[^\s":]+): )?/, "");
  return field === undefined || field === "" || field === "<nil>" ? words : `${field}: ${words}`;
}
