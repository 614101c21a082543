/** The pure half of events: the object that is sent, within the bounds that the API server checks. */

import { createHash } from "node:crypto";
import { printable } from "../text/printable.ts";
import { events, type KubeEvent, type ObjectReference } from "./builtin-types.ts";
import type { EventInput } from "./events.ts";
import { microTime } from "./lease-record.ts";
import { apiVersionOf } from "./resource.ts";

const noteBytesMax = 1_024;
const wordCharsMax = 128;
const nameCharsMax = 253;

export interface EventFacts {
  regarding: ObjectReference;
  event: EventInput;
  controller: string;
  instance: string;
  now: number;
  /** Grows with each event of this process: makes names differ. */
  sequence: number;
}

export function newEvent(facts: EventFacts): KubeEvent {
  const { regarding, event, controller, instance, now } = facts;
  return {
    apiVersion: apiVersionOf(events),
    kind: events.kind,
    // Events about cluster-wide objects live in "default": the server's validation asks for that.
    metadata: { name: nameOf(facts), namespace: regarding.namespace || "default" },
    eventTime: microTime(now),
    reportingController: controller,
    reportingInstance: instance.slice(0, wordCharsMax),
    action: event.action.slice(0, wordCharsMax),
    reason: event.reason.slice(0, wordCharsMax),
    regarding,
    ...(event.related ? { related: event.related } : {}),
    note: cutBytes(printable(event.note, noteBytesMax), noteBytesMax),
    type: event.type,
  };
}

/** Events with the same key say the same thing about the same object. */
export function seriesKey(regarding: ObjectReference, event: EventInput): string {
  const { apiVersion, kind, namespace, name, uid } = regarding;
  const related = event.related ? [event.related.kind, event.related.namespace, event.related.name] : [];
  const said = [event.type, event.reason, event.action, event.note];
  return createHash("sha256")
    .update(JSON.stringify([apiVersion, kind, namespace, name, uid, ...said, ...related]))
    .digest("base64");
}

function nameOf({ regarding, instance, now, sequence }: EventFacts): string {
  const unique = createHash("sha256")
    .update(`${instance}/${now}/${sequence}/${regarding.uid}`)
    .digest("hex")
    .slice(0, 16);
  const base = (regarding.name ?? "unnamed").slice(0, nameCharsMax - unique.length - 1).replace(/[.-]+$/, "");
  return `${base}.${unique}`;
}

/** At most so many bytes of UTF-8, never half a character. */
function cutBytes(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text, "utf8");
  if (bytes.byteLength <= bytesMax) return text;
  return bytes
    .subarray(0, bytesMax - 3)
    .toString("utf8")
    .replace(/�+$/u, "")
    .concat("…");
}
