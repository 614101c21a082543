/**
 * Secrets that a governed object names. They are named, never held, and a name is enough to have the operator read one and
 * send it to the address beside it. So a machine may name its own Secrets only: called like the machine itself, or like it
 * with something behind a dash or dot; and never those of our services.
 */
import { systemNamespace } from "../../operator/apis/group.ts";
import type { Path } from "../constitution/documents/places.ts";
import type { JsonValue } from "../constitution/documents/yaml-tree.ts";
import { isMapping } from "./metadata.ts";
import type { Reading } from "./reading.ts";

export interface SecretName {
  readonly name: string;
  readonly path: Path;
  readonly line: number;
  readonly column: number;
}

/** Where a kind names a Secret, below `spec`. */
const references: readonly Path[] = [
  ["endpoint", "direct", "clientCertificate"],
  ["endpoint", "direct", "bearerToken"],
];

const ofServices = "commonhold-";

/** In `spec`; reports those in other namespaces, and those of our services. */
export function secretsIn(spec: JsonValue | undefined, reading: Reading): SecretName[] {
  return references.flatMap((reference) => {
    const path = ["spec", ...reference];
    const secret = valueAt(spec, reference);
    const name = isMapping(secret) ? secret["name"] : undefined;
    if (isMapping(secret) && secret["namespace"] !== undefined) {
      const reason = `a Secret is named by its name alone: only those in ${systemNamespace} are read`;
      reading.reportKey([...path, "namespace"], reason, `delete namespace, and put the Secret into ${systemNamespace}`);
    }
    if (typeof name !== "string") return [];
    if (name.includes("/")) {
      reading.report(
        [...path, "name"],
        "a Secret of another namespace is never read",
        "write its name without a slash",
      );
    } else if (name.startsWith(ofServices)) {
      const reason = `Secrets whose names begin with ${ofServices} belong to the services themselves`;
      reading.report([...path, "name"], reason, "name the machine's own Secret");
    } else return [{ name, path: [...path, "name"], ...reading.places.ofValue([...path, "name"]) }];
    return [];
  });
}

/** The machine whose Secret it is, by the longest name that it begins with. */
export function machineOfSecret(secret: string, machines: readonly string[]): string | undefined {
  const matching = machines.filter((machine) => secret === machine || /^[-.]/.test(startless(secret, machine)));
  return matching.toSorted((a, b) => b.length - a.length)[0];
}

function startless(text: string, start: string): string {
  return text.startsWith(start) ? text.slice(start.length) : "";
}

function valueAt(data: JsonValue | undefined, path: Path): JsonValue | undefined {
  let value = data;
  for (const part of path) value = isMapping(value) ? value[String(part)] : undefined;
  return value;
}
