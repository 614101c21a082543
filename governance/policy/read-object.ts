/**
 * A file of one of the folders: one object of the kind that the folder is for, with nothing in it that the kind does not
 * have. What has to be asked of the API server (the kind's CEL rules) is left to its dry run.
 */
import { z } from "zod";
import { apiVersion, group, version } from "../../operator/apis/group.ts";
import type { Kind } from "../../operator/apis/kind.ts";
import { printable } from "../../operator/text/printable.ts";
import type { JsonObject } from "../../operator/tlog/canonical-json.ts";
import { digestOf } from "../constitution/documents/digest.ts";
import { readPlainYaml } from "../constitution/documents/plain-yaml.ts";
import { failed, type Parsed } from "../constitution/documents/problem.ts";
import { objectLimits } from "../constitution/documents/yaml-limits.ts";
import type { JsonValue } from "../constitution/documents/yaml-tree.ts";
import { zodProblems } from "../constitution/documents/zod-problems.ts";
import { isMapping, readMetadata } from "./metadata.ts";
import type { GovernedObject } from "./policy.ts";
import { Reading } from "./reading.ts";
import { type SecretName, secretsIn } from "./secrets.ts";
import { unknownFields } from "./unknown-fields.ts";

export interface OwnedObject {
  readonly object: GovernedObject;
  /** Whose machine it is, for a ModelHost. */
  readonly owner?: { readonly name: string; readonly line: number; readonly column: number };
  /** Secrets of the system namespace that it names. */
  readonly secrets: readonly SecretName[];
}

export function readObject(
  text: string,
  file: string,
  definition: Kind,
  namespaces: readonly string[],
): Parsed<OwnedObject> {
  const yaml = readPlainYaml(text, file, objectLimits);
  if (!yaml.ok) return yaml;
  const { data, places } = yaml.value;
  const reading = new Reading(file, places, namespaces);
  if (!isMapping(data)) {
    reading.report([], "the file holds no object", "begin with apiVersion, kind, metadata and spec");
    return failed(reading.problems);
  }
  checkType(data, definition, file, reading);
  const metadata = readMetadata(data["metadata"], definition, nameOfFile(file), reading);
  const { spec } = data;
  const secrets = secretsIn(spec, reading);
  checkSpec(spec, definition, reading);
  if (reading.problems.length > 0 || !metadata) return failed(reading.problems);
  const body: JsonObject = { metadata: data["metadata"] ?? {}, spec: spec ?? {} };
  const { kind, plural } = definition;
  const { line } = places.ofKey(["metadata", "name"]);
  const object = { group, version, kind, plural, ...metadata, file, line, body, digest: digestOf(body) };
  return { ok: true, value: { object, ...ownerOf(spec, definition, reading), secrets } };
}

/** `models/smollm2.yaml` → `smollm2`. */
function nameOfFile(file: string): string {
  return file.slice(file.lastIndexOf("/") + 1, -".yaml".length);
}

const fields = ["apiVersion", "kind", "metadata", "spec"];

/** Group, version and kind are on the allowlist only together, and only in their folder. */
function checkType(data: { readonly [name: string]: JsonValue }, { kind }: Kind, file: string, reading: Reading): void {
  const folder = file.slice(0, file.indexOf("/") + 1);
  for (const [field, expected] of [
    ["apiVersion", apiVersion],
    ["kind", kind],
  ] as const) {
    const found = data[field];
    if (found === expected) continue;
    if (found === undefined) reading.report([], `${field} is missing`, `add ${field}: ${expected}`);
    else {
      const shown = typeof found === "string" ? printable(found, 80) : "no text";
      const reason = `${field} is ${shown}, but ${folder} holds nothing except ${kind} of ${apiVersion}`;
      reading.report([field], reason, `write ${expected}, or take the file out`);
    }
  }
  for (const field of Object.keys(data).filter((name) => !fields.includes(name))) {
    const isStatus = field === "status";
    const reason = isStatus
      ? "status is what the operator says, not a policy"
      : `there is no field ${printable(field, 60)} here`;
    reading.reportKey([field], reason, isStatus ? "delete it" : `delete it; an object has ${fields.join(", ")}`);
  }
}

function checkSpec(spec: JsonValue | undefined, definition: Kind, reading: Reading): void {
  const { file, places, problems } = reading;
  if (spec === undefined) {
    reading.report([], "spec is missing", "add it");
    return;
  }
  const shape = definition.spec.safeParse(spec, { reportInput: true });
  const issues = (shape.error?.issues ?? []).map((issue) => ({ ...issue, path: ["spec", ...issue.path] }));
  problems.push(...zodProblems(new z.ZodError(issues), file, places, []));
  for (const { within, name, known } of unknownFields(definition.spec, spec, ["spec"])) {
    const issue = { code: "unrecognized_keys" as const, keys: [name], path: [...within], message: "" };
    problems.push(...zodProblems(new z.ZodError([issue]), file, places, known));
  }
}

function ownerOf(spec: JsonValue | undefined, { kind }: Kind, { places }: Reading): Pick<OwnedObject, "owner"> {
  const owner = kind === "ModelHost" && isMapping(spec) ? spec["owner"] : undefined;
  if (typeof owner !== "string") return {};
  return { owner: { name: owner, ...places.ofValue(["spec", "owner"]) } };
}
