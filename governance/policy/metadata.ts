/** `metadata` of a governed object: a name, a namespace, labels and annotations, and nothing that only a controller sets. */
import { group } from "../../operator/apis/group.ts";
import type { Kind } from "../../operator/apis/kind.ts";
import { nearestNames } from "../../operator/text/nearest.ts";
import { printable } from "../../operator/text/printable.ts";
import type { JsonValue } from "../constitution/documents/yaml-tree.ts";
import type { Reading } from "./reading.ts";

export interface Metadata {
  readonly name: string;
  readonly namespace?: string;
}

/** Undefined where there is no usable name; what is wrong is reported to `reading`. */
export function readMetadata(
  metadata: JsonValue | undefined,
  definition: Kind,
  fileName: string,
  reading: Reading,
): Metadata | undefined {
  if (!isMapping(metadata)) {
    reading.report(["metadata"], "metadata is missing", "add metadata with a name");
    return undefined;
  }
  for (const field of Object.keys(metadata)) checkField(field, reading);
  checkPairs("labels", metadata["labels"], reading);
  checkPairs("annotations", metadata["annotations"], reading);
  const namespace = namespaceOf(metadata["namespace"], definition, reading);
  const name = nameOf(metadata["name"], namespace, definition, fileName, reading);
  return name === undefined ? undefined : { name, ...(namespace !== undefined && { namespace }) };
}

export function isMapping(value: JsonValue | undefined): value is { readonly [name: string]: JsonValue } {
  return typeof value === "object" && !Array.isArray(value);
}

const fields = ["name", "namespace", "labels", "annotations"];

const notYours: Readonly<Record<string, string>> = {
  finalizers: "a finalizer would hold the object back when it is removed",
  ownerReferences: "an owner would take the object with it, without a vote",
  managedFields: "the API server keeps this list itself",
  generateName: "an object of a policy has the name of its file",
  uid: "the API server gives it",
  resourceVersion: "the API server gives it",
  generation: "the API server gives it",
  creationTimestamp: "the API server gives it",
  deletionTimestamp: "an object is removed by deleting its file",
  selfLink: "the API server gives it",
};

function checkField(field: string, reading: Reading): void {
  if (fields.includes(field)) return;
  const known = Object.hasOwn(notYours, field) ? notYours[field] : undefined;
  const [near] = nearestNames(field, fields, 1);
  const reason = known === undefined ? `there is no field ${printable(field, 60)} here` : `${field}: ${known}`;
  reading.reportKey(["metadata", field], reason, known || !near ? "delete it" : `write ${near}, or delete it`);
}

/** `example.org/name` or `name`, as Kubernetes has it. */
const labelKey = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

function checkPairs(what: "labels" | "annotations", pairs: JsonValue | undefined, reading: Reading): void {
  if (pairs === undefined) return;
  if (!isMapping(pairs)) {
    reading.report(["metadata", what], `${what} are no mapping`, "write names and texts");
    return;
  }
  for (const [key, value] of Object.entries(pairs)) {
    const path = ["metadata", what, key];
    if (!labelKey.test(key)) {
      reading.reportKey(path, `${printable(key, 80)} is no name for ${what}`, "write one such as example.org/gpu");
    } else if (isReserved(key)) {
      const reason = `${key} belongs to Commonhold itself: its services act on it`;
      reading.reportKey(path, reason, "delete it, or take a prefix of your own");
    }
    if (typeof value !== "string") reading.report(path, "the value is no text", "put it in quotes");
    else if (what === "labels" && !labelValue.test(value)) {
      reading.report(
        path,
        `${printable(value, 80)} is no value of a label`,
        "write up to 63 letters, digits, -, _ and .",
      );
    }
  }
}

function isReserved(key: string): boolean {
  const [prefix = ""] = key.includes("/") ? key.split("/") : [];
  return prefix === group || prefix.endsWith(`.${group}`);
}

function namespaceOf(namespace: JsonValue | undefined, definition: Kind, reading: Reading): string | undefined {
  const path = ["metadata", "namespace"];
  if (definition.scope === "Cluster") {
    if (namespace !== undefined) {
      reading.reportKey(path, `a ${definition.kind} belongs to the whole cluster, not to a namespace`, "delete it");
    }
    return undefined;
  }
  const governed = reading.namespaces.join(", ");
  const fix = reading.namespaces.length > 1 ? `write one of ${governed}` : `write ${governed}`;
  if (namespace === undefined) {
    reading.report(["metadata"], "namespace is missing", fix);
    return undefined;
  }
  if (typeof namespace === "string" && reading.namespaces.includes(namespace)) return namespace;
  const shown = typeof namespace === "string" ? printable(namespace, 63) : "this";
  reading.report(path, `${shown} is no namespace that this repository governs`, fix);
  return undefined;
}

const objectName = /^[a-z0-9]([-a-z0-9]{0,251}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** The name is that of the file, or of the file after its namespace: `smollm2.yaml`, `community.smollm2.yaml`. */
function nameOf(
  name: JsonValue | undefined,
  namespace: string | undefined,
  definition: Kind,
  fileName: string,
  reading: Reading,
): string | undefined {
  const path = ["metadata", "name"];
  if (name === undefined) {
    reading.report(["metadata"], "name is missing", `add name: ${fileName}`);
    return undefined;
  }
  if (typeof name !== "string" || name.length > 253 || !objectName.test(name)) {
    const shown = typeof name === "string" ? printable(name, 80) : "this";
    reading.report(path, `${shown} is no name of an object`, "write small letters, digits and -");
    return undefined;
  }
  const isQualified = definition.scope === "Namespaced" && fileName === `${namespace}.${name}`;
  if (fileName === name || isQualified) return name;
  const shown = printable(fileName, 80);
  reading.report(path, `the object is called ${name}, but its file ${shown}.yaml`, "give both the same name");
  return undefined;
}
