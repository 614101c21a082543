/** Turns a refusal of the API server (`metav1.Status`, or whatever a proxy between said instead) into a `KubeError`. */

import { STATUS_CODES } from "node:http";
import { printable } from "../text/printable.ts";
import { KubeError, type StatusCause } from "./errors.ts";

const messageCharsMax = 4_096;
const reasonCharsMax = 256;
const causesMax = 64;

export interface Refusal {
  /** What was asked, for the message: "GET /api/v1/…", without the query. */
  what: string;
  status: number;
  /** The parsed body, if it was JSON. Only fields of `metav1.Status` are read from it. */
  body: unknown;
  retryAfterMs?: number | undefined;
}

export function errorOfRefusal(refusal: Refusal): KubeError {
  const status = asStatus(refusal.body);
  const words = status?.message ?? STATUS_CODES[refusal.status] ?? `HTTP status ${refusal.status}`;
  const seconds = status?.details?.retryAfterSeconds;
  return new KubeError(`${refusal.what}: ${printable(words, messageCharsMax)}`, {
    status: refusal.status,
    reason: printable(
      status?.reason ?? STATUS_CODES[refusal.status]?.replaceAll(/[^A-Za-z]/g, "") ?? "Unknown",
      reasonCharsMax,
    ),
    retryAfterMs: refusal.retryAfterMs ?? (typeof seconds === "number" && seconds > 0 ? seconds * 1000 : undefined),
    causes: status?.details?.causes ?? [],
  });
}

/** The `Retry-After` header in milliseconds; it is a number of seconds or an HTTP date. */
export function retryAfterMs(header: string | string[] | undefined, now: number): number | undefined {
  const value = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!value) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

interface StatusBody {
  message?: string;
  reason?: string;
  details?: { retryAfterSeconds?: unknown; causes?: StatusCause[] };
}

function asStatus(body: unknown): StatusBody | undefined {
  if (!isRecord(body) || body["kind"] !== "Status") return undefined;
  const details = isRecord(body["details"]) ? body["details"] : {};
  const causes = Array.isArray(details["causes"]) ? details["causes"].slice(0, causesMax).filter(isRecord) : [];
  return {
    ...textField("message", body["message"]),
    ...textField("reason", body["reason"]),
    details: {
      retryAfterSeconds: details["retryAfterSeconds"],
      causes: causes.map((cause) => ({
        ...textField("reason", cause["reason"]),
        ...textField("message", cause["message"]),
        ...textField("field", cause["field"]),
      })),
    },
  };
}

function textField<K extends string>(key: K, value: unknown): { [P in K]?: string } {
  return (typeof value === "string" && value !== "" ? { [key]: printable(value, messageCharsMax) } : {}) as {
    [P in K]?: string;
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
