/**
 * Namespaces of a backup. The chart has made its own before anything is restored, with marks of its version: to claim those would keep
 * every later `helm upgrade` from writing them. So what is there keeps what it says, and only the labels that it lacks come back.
 */

import { namespaces } from "../../operator/kube/builtin-types.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { KubeObject } from "../../operator/kube/resource.ts";
import { savedIn } from "./contents.ts";

type Labels = Readonly<Record<string, string>>;
type SavedNamespace = KubeObject & { readonly metadata: { readonly name: string; readonly labels?: Labels } };

/** What a chart says of its release, and nobody else can. */
const ofCharts = /^(helm\.sh|app\.kubernetes\.io)\//;

export async function putNamespaces(
  client: Pick<KubeClient, "get" | "apply">,
  folder: string,
  written: { readonly fieldManager: string; readonly signal: AbortSignal },
): Promise<void> {
  for (const { metadata } of await savedIn<SavedNamespace>(folder, "cluster/namespaces")) {
    const { name } = metadata;
    const there = await client.get(namespaces, { name }, { signal: written.signal });
    const labels = missingLabels(metadata.labels ?? {}, there?.metadata.labels ?? {});
    if (there && Object.keys(labels).length === 0) continue;
    await client.apply(namespaces, { metadata: { name, labels } }, written);
  }
}

function missingLabels(saved: Labels, there: Labels): Labels {
  return Object.fromEntries(Object.entries(saved).filter(([key]) => !(key in there) && !ofCharts.test(key)));
}
