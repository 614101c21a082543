/** `confirmations.yaml`: removals that are meant, each named with its reason, so that none of them is an accident. */
import { z } from "zod";
import { formed, label, line, objectName } from "../constitution/documents/fields.ts";
import { readPlainYaml } from "../constitution/documents/plain-yaml.ts";
import { failed, type Parsed } from "../constitution/documents/problem.ts";
import { objectLimits } from "../constitution/documents/yaml-limits.ts";
import { zodProblems } from "../constitution/documents/zod-problems.ts";
import { governedKinds } from "./kinds.ts";
import { confirmationsMax } from "./limits.ts";
import type { ObjectName } from "./policy.ts";
import { confirmationsPath } from "./sift.ts";

export interface Confirmation extends ObjectName {
  readonly line: number;
}

const kindNames = new RegExp(`^(${governedKinds.map(({ kind }) => kind).join("|")})$`);

const removal = z.strictObject({
  kind: formed(kindNames, 63, `one of ${governedKinds.map(({ kind }) => kind).join(", ")}`),
  namespace: label().optional(),
  name: objectName(),
  reason: line(512),
});

const schema = z.strictObject({ format: z.literal(1), removals: z.array(removal).max(confirmationsMax) });

const fields = [schema, removal].flatMap(({ shape }) => Object.keys(shape));

export function readConfirmations(text: string): Parsed<readonly Confirmation[]> {
  const yaml = readPlainYaml(text, confirmationsPath, objectLimits);
  if (!yaml.ok) return yaml;
  const { data, places } = yaml.value;
  const shape = schema.safeParse(data, { reportInput: true });
  if (!shape.success) return failed(zodProblems(shape.error, confirmationsPath, places, fields));
  const confirmations = shape.data.removals.map(({ kind, namespace, name }, index) => ({
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    line: places.ofValue(["removals", index]).line,
  }));
  return { ok: true, value: confirmations };
}
