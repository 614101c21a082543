/** Other clocks: the API server's is told by whatever it makes, so it is asked who we are. */
import type { KubeClient } from "../../operator/kube/client.ts";
import type { KubeObject, ResourceType } from "../../operator/kube/resource.ts";
import type { ClockReference } from "./clock-check.ts";

/** Everybody who is known to the API server may create one; nothing is stored. */
const selfSubjectReviews: ResourceType<KubeObject> = {
  group: "authentication.k8s.io",
  version: "v1",
  kind: "SelfSubjectReview",
  plural: "selfsubjectreviews",
  namespaced: false,
};

export function clusterClock(client: KubeClient): (signal: AbortSignal) => Promise<readonly ClockReference[]> {
  return async (signal) => {
    const review = await client.create(selfSubjectReviews, { metadata: {} }, { signal });
    const at = Date.parse(review.metadata.creationTimestamp ?? "");
    return Number.isNaN(at) ? [] : [{ who: "the API server", at }];
  };
}
