/** Objects as they are in the cluster, cut down to what rollout looks at: ten thousand of them are kept in memory. */
import type { Condition } from "../../operator/kube/conditions.ts";
import type { KubeObject, ResourceType } from "../../operator/kube/resource.ts";
import type { JsonValue } from "../../operator/tlog/canonical-json.ts";
import { type Claim, claimsOf } from "./ownership/claims.ts";

export interface LiveObject extends KubeObject {
  readonly spec: JsonValue | undefined;
  readonly status: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] } | undefined;
  /** Who owns which fields: `metadata.managedFields`, which a reflector's store leaves out. */
  readonly claims: readonly Claim[];
}

/** As the API server gives it. */
interface Raw extends KubeObject {
  readonly spec?: JsonValue;
  readonly status?: LiveObject["status"];
}

export function liveOf(object: KubeObject, type: ResourceType): LiveObject {
  const { metadata, spec, status } = object as Raw;
  const { name, namespace, uid, resourceVersion, generation } = metadata;
  const { creationTimestamp, deletionTimestamp, labels, annotations, finalizers } = metadata;
  return {
    apiVersion: type.group === "" ? type.version : `${type.group}/${type.version}`,
    kind: type.kind,
    metadata: {
      ...{ name, namespace, uid, resourceVersion, generation },
      ...{ creationTimestamp, deletionTimestamp, labels, annotations, finalizers },
    },
    spec,
    status: status && {
      ...(status.observedGeneration !== undefined && { observedGeneration: status.observedGeneration }),
      ...(status.conditions && { conditions: status.conditions }),
    },
    claims: claimsOf(metadata),
  };
}
