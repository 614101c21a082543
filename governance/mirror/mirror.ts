/**
 * Shows the log as Decision objects. They are made from the log whenever they differ, so whoever changes or deletes one changes
 * nothing that was decided. Titles are not in the log; an object keeps the one that it was made with.
 */
import type { Logger } from "pino";
import { titleCharsMax } from "../../operator/apis/decision/spec.ts";
import { type Decision, decisions } from "../../operator/apis/decision.ts";
import { fieldManagers } from "../../operator/apis/group.ts";
import { rfc3339 } from "../../operator/clock/clock.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { printable } from "../../operator/text/printable.ts";
import type { DecisionLog } from "../log/decision-log.ts";
import type { GovernanceView } from "../service/governance.ts";
import { decisionStatus } from "./decision-status.ts";
import { type Entry, entriesOf, repositoryOf } from "./entries.ts";

export interface MirrorOptions {
  readonly client: KubeClient;
  readonly log: DecisionLog;
  readonly identity: string;
  readonly logger: Logger;
}

/** Older ones are in the log. */
export const decisionsMax = 200;

export function createMirror({
  client,
  log,
  identity,
  logger,
}: MirrorOptions): (view: GovernanceView, signal: AbortSignal) => Promise<void> {
  return async (view, signal) => {
    const { items } = await client.list<Decision>(decisions, { signal });
    const there = new Map(items.map((decision) => [decision.metadata.name, decision]));
    const wanted = entriesOf(log.records, { ...view, identity }, decisionsMax);
    const names = new Set(wanted.map(({ name }) => name));
    for (const entry of wanted) {
      // It stays as it was shown until it is its turn to be judged.
      if (there.has(entry.name) && entry.proposal !== undefined && view.unjudged?.has(entry.proposal)) continue;
      await show({ client, identity }, entry, there.get(entry.name), view, signal);
    }
    for (const { metadata } of items) {
      if (names.has(metadata.name)) continue;
      logger.info({ event: "unmirrored", decision: metadata.name }, "a Decision that the log does not show is removed");
      await client.remove(decisions, { name: metadata.name }, { uid: metadata.uid, signal });
    }
  };
}

async function show(
  { client, identity }: Pick<MirrorOptions, "client" | "identity">,
  entry: Entry,
  found: Decision | undefined,
  { rollout, now }: GovernanceView,
  signal: AbortSignal,
): Promise<void> {
  const { name } = entry;
  const options = { fieldManager: fieldManagers.governance, signal };
  const spec = specOf(entry, found, identity);
  const isSame = found && sameJson(pick(found.spec, spec), spec);
  const object = isSame ? found : await client.apply<Decision>(decisions, { metadata: { name }, spec }, options);
  const { generation } = object.metadata;
  const before = object.status?.conditions ?? [];
  const status = decisionStatus({ entry, rollout, before, generation, now });
  if (sameJson(object.status, status)) return;
  await client.applyStatus<Decision>(decisions, { metadata: { name }, status }, options);
}

function specOf(
  { proposal, commit, judged, records }: Entry,
  found: Decision | undefined,
  identity: string,
): Decision["spec"] {
  const opened = records.find(({ record }) => record.kind === "opened")?.record;
  const told = judged?.proposal.title.trim();
  const title = told ? printable(told, titleCharsMax) : (found?.spec.title ?? `proposal ${labelOf(proposal, commit)}`);
  const url = judged?.proposal.url ?? found?.spec.url;
  const here = found?.spec.repository ?? identity;
  return {
    // A proposal of another forge stays of that one after the community has moved.
    repository: proposal === undefined ? here : repositoryOf(proposal),
    ...(proposal !== undefined && { proposal }),
    ...(commit !== undefined && { commit }),
    title: commit === undefined ? title : `commit ${commit.slice(0, 12)} that nobody decided`,
    ...(url !== undefined && { url }),
    emergency: records.some(({ record }) => record.kind === "emergency") || (judged?.proposal.isEmergency ?? false),
    ...(opened?.kind === "opened" && { openedAt: rfc3339(opened.openedAt) }),
  };
}

function labelOf(proposal: string | undefined, commit: string | undefined): string {
  return (proposal?.split("/")[1] ?? commit ?? "").slice(0, 12);
}

/** Of what is there only what we would write: others' fields and defaults do not count. */
function pick(spec: Decision["spec"], wanted: Decision["spec"]): unknown {
  return Object.fromEntries(Object.keys(wanted).map((name) => [name, spec[name as keyof Decision["spec"]]]));
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  );
}
