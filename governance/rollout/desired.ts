/** What a target wants of each object: the policy's, or the one that an emergency puts in its place. */
import { annotations, fieldManagers, labels } from "../../operator/apis/group.ts";
import type { Sent } from "../../operator/kube/client.ts";
import type { JsonObject, JsonValue } from "../../operator/tlog/canonical-json.ts";
import { digestOf } from "../constitution/documents/digest.ts";
import { type GovernedObject, objectKey } from "../policy/policy.ts";
import type { GovernedKind } from "./kinds.ts";
import type { LiveObject } from "./live.ts";
import { isMapping } from "./ownership/fields.ts";
import type { Target } from "./rollout.ts";

export interface Desired {
  readonly key: string;
  readonly object: GovernedObject;
  /** Undefined: the kind is not in the allowlist. */
  readonly kind: GovernedKind | undefined;
  /** The emergency proposal that reduces it. */
  readonly emergency: string | undefined;
}

/** By key, in the order of the policy. An emergency over what is not there any more wants nothing. */
export function desiredObjects(target: Target, kinds: readonly GovernedKind[]): ReadonlyMap<string, Desired> {
  const kindOf = new Map(kinds.map((kind) => [kind.type.kind, kind]));
  const overlays = new Map(target.overlays.map((overlay) => [objectKey(overlay.object), overlay]));
  const desired = new Map<string, Desired>();
  for (const written of target.policy.objects) {
    const key = objectKey(written);
    const overlay = overlays.get(key);
    const object = overlay?.object ?? written;
    desired.set(key, { key, object, kind: kindIn(kindOf, object), emergency: overlay?.proposal });
  }
  return desired;
}

function kindIn(kinds: ReadonlyMap<string, GovernedKind>, object: GovernedObject): GovernedKind | undefined {
  const kind = kinds.get(object.kind);
  if (!kind) return undefined;
  const { group, version, namespaced } = kind.type;
  const isOfIt =
    object.group === group && object.version === version && namespaced === (object.namespace !== undefined);
  return isOfIt ? kind : undefined;
}

/** Which commit, and which tree in force, made an object what it is. Another origin is another target. */
export interface Origin {
  readonly commit: string;
  /** What lies over it is named after a `+`. */
  readonly tree: string;
}

export function originIn({ commit, tree, overlays }: Target): Origin {
  if (overlays.length === 0) return { commit, tree };
  const laidOver = overlays.map(({ proposal, object }) => [proposal, objectKey(object), object.digest]);
  return { commit, tree: `${tree}+${digestOf(laidOver)}` };
}

export function sentObject({ object, emergency }: Desired, origin: Origin): Sent<LiveObject> {
  const metadata = isMapping(object.body["metadata"]) ? object.body["metadata"] : {};
  return {
    metadata: {
      name: object.name,
      ...(object.namespace !== undefined && { namespace: object.namespace }),
      labels: { ...texts(metadata["labels"]), [labels.governedBy]: fieldManagers.governance },
      annotations: {
        ...texts(metadata["annotations"]),
        [annotations.digest]: object.digest,
        [annotations.ratifiedCommit]: origin.commit,
        [annotations.ratifiedTree]: origin.tree,
        ...(emergency !== undefined && { [annotations.emergency]: emergency }),
      },
    },
    spec: specOf(object),
  };
}

export function specOf({ body }: GovernedObject): JsonObject {
  return isMapping(body["spec"]) ? body["spec"] : {};
}

function texts(value: JsonValue | undefined): Record<string, string> {
  return isMapping(value) ? (value as Record<string, string>) : {};
}
