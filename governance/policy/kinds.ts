/**
 * Which kinds a policy repository can hold, and in which folder each lies: the allowlist. What is not here is never
 * applied, whatever a file says of itself; Secrets, Pods and roles are not, so a policy cannot escalate.
 */

import { group, version } from "../../operator/apis/group.ts";
import type { Kind } from "../../operator/apis/kind.ts";
import { memberKind } from "../../operator/apis/member.ts";
import { modelDeploymentKind } from "../../operator/apis/model-deployment.ts";
import { modelHostKind } from "../../operator/apis/model-host.ts";
import type { ResourceType } from "../../operator/kube/resource.ts";

export const folders = ["models", "hosts", "routes", "providers"] as const;
export type Folder = (typeof folders)[number];

interface FolderKind {
  /** What an object in the folder must say that it is. */
  readonly kind: string;
  /** Absent while this version cannot apply it. */
  readonly definition?: Kind;
}

export const kindOfFolder: Readonly<Record<Folder, FolderKind>> = {
  models: { kind: modelDeploymentKind.kind, definition: modelDeploymentKind },
  hosts: { kind: modelHostKind.kind, definition: modelHostKind },
  routes: { kind: "ModelRoute" },
  providers: { kind: "CloudProvider" },
};

/** Every kind that governance writes; Members are made of `members.yaml`. */
export const governedKinds: readonly Kind[] = [memberKind, modelHostKind, modelDeploymentKind];

/** How the API server is asked for objects of a governed kind. Throws a TypeError for any other. */
export function resourceTypeOf(kind: string): ResourceType {
  const found = governedKinds.find((one) => one.kind === kind);
  if (!found) throw new TypeError(`${kind} is not governed: the allowlist in policy/kinds.ts does not have it`);
  return { group, version, kind, plural: found.plural, namespaced: found.scope === "Namespaced" };
}

/** Kinds whose removal does more than it looks like: the machine is cleaned and everything on it moves away. */
export const kindsToConfirm: ReadonlySet<string> = new Set([modelHostKind.kind]);
