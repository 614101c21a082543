/** Policies as data, for tests of the rollout: objects as the policy room makes them of files. */
import { createHash } from "node:crypto";
import { digestOf } from "../../governance/constitution/documents/digest.ts";
import type { GovernedObject, ObjectName, Policy } from "../../governance/policy/policy.ts";
import type { Target } from "../../governance/rollout/rollout.ts";
import { group, version } from "../../operator/apis/group.ts";
import type { JsonObject } from "../../operator/tlog/canonical-json.ts";

export function modelObject(
  namespace: string,
  name: string,
  spec: JsonObject = {},
  labels?: JsonObject,
): GovernedObject {
  const body = {
    metadata: { name, namespace, ...(labels && { labels }) },
    spec: { model: { ollama: "tiny" }, ...spec },
  };
  return governed(
    { kind: "ModelDeployment", plural: "modeldeployments", namespace, name },
    `models/${name}.yaml`,
    body,
  );
}

export function hostObject(name: string, spec: JsonObject = {}): GovernedObject {
  const body = {
    metadata: { name },
    spec: {
      owner: "alice",
      endpoint: { direct: { url: "http://127.0.0.1:1" } },
      hardware: { memory: "16Gi" },
      ...spec,
    },
  };
  return governed({ kind: "ModelHost", plural: "modelhosts", name }, `hosts/${name}.yaml`, body);
}

export function memberObject(name: string, spec: JsonObject = {}): GovernedObject {
  const body = { metadata: { name }, spec: { roles: ["member"], joined: "2026-01-01T00:00:00Z", ...spec } };
  return governed({ kind: "Member", plural: "members", name }, "members.yaml", body);
}

function governed(name: ObjectName & { plural: string }, file: string, body: JsonObject): GovernedObject {
  return { group, version, ...name, file, line: 1, body, digest: digestOf(body) };
}

export function targetOf(
  objects: readonly GovernedObject[],
  { seed = "a", confirmations = [], ...rest }: TargetOptions = {},
): Target {
  const policy: Policy = {
    constitution: undefined as never,
    members: undefined as never,
    objects,
    confirmations,
  };
  return { commit: oidOf(`commit ${seed}`), tree: oidOf(`tree ${seed}`), policy, overlays: [], ...rest };
}

export interface TargetOptions extends Partial<Omit<Target, "policy">> {
  /** Names the commit and its tree. */
  readonly seed?: string;
  readonly confirmations?: readonly ObjectName[];
}

function oidOf(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
