/**
 * Objects of ours, each part under the name of who wrote it. What governance wrote is written in governance's name: in a governed cluster
 * nobody else may, and it is what the log in the same backup says. API keys are written by the person, who needs the right to issue them.
 */
import { fieldManagers } from "../../operator/apis/group.ts";
import { governanceService, operatorService } from "../../operator/apis/permissions.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { isForbidden } from "../../operator/kube/errors.ts";
import type { ResourceType } from "../../operator/kube/resource.ts";
import type { Cluster } from "./cluster.ts";
import { ourTypes, restoredKinds, type Saved, savedIn } from "./contents.ts";
import { type OwnedPart, ownedParts } from "./owned-fields.ts";

export interface PutBack {
  readonly count: number;
  /** Sentences about what was not. */
  readonly left: readonly string[];
}

export async function applyObjects(
  folder: string,
  cluster: Cluster,
  namespace: string,
  signal: AbortSignal,
): Promise<PutBack> {
  const governance = cluster.as(namespace, governanceService.name);
  const operator = cluster.as(namespace, operatorService.name);
  const left: string[] = [];
  let count = 0;
  for (const kind of restoredKinds) {
    const type = ourTypes.find((one) => one.kind === kind);
    if (!type) continue;
    for (const object of await savedIn<Saved>(folder, `objects/${type.plural}`)) {
      try {
        await applyParts(type, object, { own: cluster.client, governance, signal });
        await applyResolution(type, object, operator, signal);
        count++;
      } catch (error) {
        // Nobody may write ledger roots by hand where the community governs; the log holds them.
        if (!isForbidden(error) || kind !== "LedgerRoot") throw error;
        left.push(`${kind} ${object.metadata.name}: ${(error as Error).message}`);
      }
    }
  }
  return { count, left };
}

interface Writers {
  readonly own: KubeClient;
  readonly governance: KubeClient;
  readonly signal: AbortSignal;
}

/**
 * The first one has to make the whole object, since a part alone may miss what is required; its claim on the rest ends with the last
 * write. Not so governance, whose part is whole and whose claim on API keys would be refused.
 */
async function applyParts(
  type: ResourceType<Saved>,
  object: Saved,
  { own, governance, signal }: Writers,
): Promise<void> {
  const { name, namespace, labels, annotations } = object.metadata;
  const isGovernances = ({ manager }: OwnedPart): boolean => manager === fieldManagers.governance;
  const parts = ownedParts(object).sort((a, b) => Number(isGovernances(b)) - Number(isGovernances(a)));
  const first = parts[0];
  const ref = { name, ...(namespace !== undefined && { namespace }) };
  const write = (part: OwnedPart): Promise<unknown> =>
    (isGovernances(part) ? governance : own).apply<Saved>(
      type,
      { metadata: { ...ref, ...part.metadata }, ...(part.spec !== undefined && { spec: part.spec }) },
      { fieldManager: part.manager, signal },
    );
  if (!first || !isGovernances(first)) {
    const metadata = { ...ref, ...(labels && { labels }), ...(annotations && { annotations }) };
    const whole = { metadata, spec: object.spec };
    await own.apply<Saved>(type, whole, { fieldManager: first?.manager ?? fieldManagers.cli, signal });
  }
  if (first && isGovernances(first)) await write(first);
  for (const part of parts.slice(1)) await write(part);
  if (first && !isGovernances(first) && parts.length > 1) await write(first);
}

/** To which digest a tag was resolved, and nothing else of a status: everything else the operator sees for itself. */
async function applyResolution(
  type: ResourceType<Saved>,
  object: Saved,
  operator: KubeClient,
  signal: AbortSignal,
): Promise<void> {
  const { model } = object.status ?? {};
  if (type.kind !== "ModelDeployment" || model === undefined) return;
  const { name, namespace = "" } = object.metadata;
  const status = { model };
  await operator.applyStatus<Saved>(
    type,
    { metadata: { name, namespace }, status },
    { fieldManager: fieldManagers.operator, signal },
  );
}
