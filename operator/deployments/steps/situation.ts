/** What the checks of `realise` look at: one replica, its host as it is now, and what it is to become. */
import type { Replica, ReplicaHost } from "../../apis/model-deployment.ts";
import type { LoadedModel } from "../../engines/engine.ts";
import { type Draft, hostOf } from "../draft.ts";
import type { HostFacts } from "../snapshot.ts";
import type { TaskView } from "../tasks/tasks.ts";
import type { Wanted } from "../wanted.ts";

export interface Situation {
  readonly draft: Draft;
  readonly replica: Replica;
  /** The replica's part on this host; checks may complete what is known of it. */
  readonly part: ReplicaHost;
  readonly host: HostFacts;
  /** Absent while the reference is not resolved. */
  readonly wanted: Wanted | undefined;
  /** The task that runs for it. */
  readonly task: TaskView | undefined;
}

export function situationOf(draft: Draft, replica: Replica): Situation | undefined {
  const part = hostOf(replica);
  const host = part && draft.snapshot.hosts.get(part.name);
  if (!part || !host) return undefined;
  const task = draft.snapshot.tasks.find(({ replica: id, end }) => id === replica.id && !end);
  return { draft, replica, part, host, wanted: draft.wanted, task };
}

/** It is of the wanted settings. */
export function isCurrent({ replica, wanted }: Situation): boolean {
  return wanted !== undefined && replica.revision === wanted.revision;
}

/** The unchanged model lies there under our name, and is what it should be as far as the host's claim goes. */
export function hasBase({ part, host, wanted }: Situation): boolean {
  const there = part.base === undefined ? undefined : host.models.get(part.base);
  if (!there || !wanted) return false;
  const expected = wanted.source === "Registry" ? wanted.digest : part.baseCreated;
  return there.digest === expected;
}

/** The served model lies there as we made it. */
export function hasServed({ part, host }: Situation): boolean {
  const there = part.model === undefined ? undefined : host.models.get(part.model);
  return there !== undefined && there.digest === part.created;
}

/**
 * The model in the host's memory that answers for ours. Ollama keeps one runner per weights file and lists it under the name that
 * loaded it first (server/sched.go, `schedulerModelKey`), so another served model of the same content stands for ours, if it was
 * loaded with the same context. `others`: it was not, and each load pushes the other out.
 */
export function residentOf(situation: Situation): { model: LoadedModel; others?: Sharer } | undefined {
  const { part, host, wanted } = situation;
  const own = host.loaded.find(({ name }) => name === part.model);
  const known = own ?? host.loaded.find(({ name }) => name === part.loadedAs);
  if (known) return { model: known };
  for (const sharer of sharersOf(situation)) {
    const model = host.loaded.find(({ name }) => name === sharer.model);
    if (!model) continue;
    const context = model.context > 0 ? model.context : sharer.context;
    const asked = wanted?.context ?? situation.draft.snapshot.deployment.spec.context;
    return context === undefined || context === asked ? { model } : { model, others: { ...sharer, context } };
  }
  return undefined;
}

export interface Sharer {
  /** Whose, for people. */
  readonly deployment: string;
  readonly model: string;
  readonly context?: number;
}

/** Other served models on this host that were made from the same content: of other deployments, and of our own older settings. */
function sharersOf({ draft, replica, part, host }: Situation): Sharer[] {
  const digest = draft.status.model?.digest;
  const neighbours = draft.snapshot.neighbours.get(host.name) ?? [];
  const older = draft.replicas
    .filter((other) => other !== replica)
    .flatMap(({ hosts }) => hosts)
    .filter(({ name, base, model }) => name === host.name && base === part.base && model !== undefined);
  return [
    ...older.map(({ model = "" }) => ({ deployment: "an older revision", model })),
    ...neighbours.filter((neighbour) => neighbour.digest === digest),
  ];
}
