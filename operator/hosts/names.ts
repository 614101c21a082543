/**
 * Which names on a host are ours, which of them have to go, and which only look like ours. The list `made` is the proof: a name enters it as
 * soon as a deployment's status says that a replica will be made there, and leaves it when it is neither wanted nor on the disk any more.
 * What is not in it is never removed, unless a deployment itself asks for a name that carries its own mark.
 */
import type { MadeModel, Removal } from "../apis/model-host.ts";
import { rfc3339 } from "../clock/clock.ts";
import { belongsTo, isOurs } from "../models/names.ts";
import { madeMax, removalsMax } from "./limits.ts";
import type { HostSnapshot } from "./snapshot.ts";
import type { WantedRemoval } from "./view.ts";

export interface Names {
  readonly made: readonly MadeModel[];
  readonly removals: readonly Removal[];
  /** Of the removals: what may be done now. Served names come before what they were made from. */
  readonly due: readonly WantedRemoval[];
  /** Of the removals: made by us, wanted by nobody, and never handed over. */
  readonly orphans: readonly MadeModel[];
  /** On the disk, named like ours, not in `made`. */
  readonly unknown: readonly string[];
  readonly unwantedSince: ReadonlyMap<string, number>;
  /** When an unwanted name becomes an orphan. */
  readonly wakeAt?: number;
}

export function namesOn(snapshot: HostSnapshot): Names {
  const { now, object, wants, liveness, facts } = snapshot;
  const live = new Set(wants.filter((want) => want.live).map(({ model }) => model));
  const onDisk = facts && new Set(facts.models.map(({ name }) => name));
  const made = madeNow(snapshot, onDisk);
  const waiting = removalsNow(snapshot, made, live);
  const { orphans, unwantedSince, wakeAt } = orphansAmong(made, waiting, live, onDisk, snapshot);
  const since = rfc3339(now);
  const removals = [...waiting, ...orphans.map(({ model, deployment, uid }) => ({ model, deployment, uid, since }))];
  const bounded = removals.slice(0, removalsMax);
  const written = new Set((object.status?.removals ?? []).map(({ model }) => model));
  return {
    made,
    removals: bounded,
    // Only what is written down is begun: a crash in between forgets nothing.
    due: liveness.reachable
      ? bounded
          .filter(({ model }) => written.has(model))
          .map(asWanted)
          .toSorted(servedFirst)
      : [],
    orphans: orphans.filter(({ model }) => bounded.some((removal) => removal.model === model)),
    unknown: unknownAmong(onDisk, made),
    unwantedSince,
    ...(wakeAt === undefined ? {} : { wakeAt }),
  };
}

function madeNow(
  { object, wants, liveness, done }: HostSnapshot,
  onDisk: ReadonlySet<string> | undefined,
): MadeModel[] {
  const made = new Map<string, MadeModel>();
  const wanted = new Set(wants.map(({ model }) => model));
  const pending = new Set(
    (object.status?.removals ?? []).map(({ model }) => model).filter((model) => !done.has(model)),
  );
  for (const one of object.status?.made ?? []) {
    const gone = liveness.reachable && onDisk !== undefined && !onDisk.has(one.model);
    if (wanted.has(one.model) || pending.has(one.model) || !gone) made.set(one.model, one);
  }
  for (const { model, deployment, uid } of wants) made.set(model, { model, deployment, uid });
  return [...made.values()].toSorted(byModel).slice(0, madeMax);
}

function removalsNow(snapshot: HostSnapshot, made: readonly MadeModel[], live: ReadonlySet<string>): Removal[] {
  const { now, object, wished, done, troubles } = snapshot;
  const removals = new Map<string, Removal>();
  for (const removal of object.status?.removals ?? []) {
    if (!done.has(removal.model)) removals.set(removal.model, removal);
  }
  for (const { model, deployment, uid } of [...wished, ...leaving(snapshot, made, live)]) {
    if (!removals.has(model)) removals.set(model, { model, deployment, uid, since: rfc3339(now) });
  }
  return [...removals.values()]
    .filter((removal) => mayGo(removal, made) && (!live.has(removal.model) || forced(snapshot)))
    .map(({ message: _, ...removal }) => ({ ...removal, ...messageFor(troubles.get(removal.model)) }));
}

function messageFor(trouble: string | undefined): { message?: string } {
  return trouble === undefined ? {} : { message: trouble };
}

/** Of a host whose ModelHost is being deleted everything goes: what nobody wants at once, the rest when the time is up. */
function leaving(snapshot: HostSnapshot, made: readonly MadeModel[], live: ReadonlySet<string>): readonly MadeModel[] {
  if (snapshot.object.metadata.deletionTimestamp === undefined) return [];
  const { facts, done } = snapshot;
  const there = (model: string) => facts === undefined || facts.models.some(({ name }) => name === model);
  return made.filter(({ model }) => there(model) && !done.has(model) && (forced(snapshot) || !live.has(model)));
}

function forced({ object, now, limits }: HostSnapshot): boolean {
  const { deletionTimestamp } = object.metadata;
  return deletionTimestamp !== undefined && now >= Date.parse(deletionTimestamp) + limits.leaveMs;
}

function mayGo({ model, uid }: Removal, made: readonly MadeModel[]): boolean {
  return made.some((one) => one.model === model) || (uid !== undefined && belongsTo(model, uid));
}

function orphansAmong(
  made: readonly MadeModel[],
  waiting: readonly Removal[],
  live: ReadonlySet<string>,
  onDisk: ReadonlySet<string> | undefined,
  { now, wants, wantsSynced, liveness, limits, unwantedSince: before, done }: HostSnapshot,
) {
  const unwantedSince = new Map<string, number>();
  const orphans: MadeModel[] = [];
  let wakeAt: number | undefined;
  const handled = new Set([...waiting, ...wants].map(({ model }) => model));
  for (const one of made) {
    const { model } = one;
    if (live.has(model) || handled.has(model) || done.has(model) || !onDisk?.has(model)) continue;
    if (!wantsSynced || !liveness.reachable) continue;
    const since = before.get(model) ?? now;
    unwantedSince.set(model, since);
    const orphanAt = since + limits.orphanGraceMs;
    if (now >= orphanAt) orphans.push(one);
    else wakeAt = Math.min(wakeAt ?? orphanAt, orphanAt);
  }
  return { orphans, unwantedSince, wakeAt };
}

function unknownAmong(onDisk: ReadonlySet<string> | undefined, made: readonly MadeModel[]): string[] {
  const known = new Set(made.map(({ model }) => model));
  return [...(onDisk ?? [])].filter((name) => isOurs(name) && !known.has(name)).sort();
}

function asWanted({ model, deployment, uid = "" }: Removal): WantedRemoval {
  return { model, deployment, uid };
}

/** A base is called `…:b-…`; what was derived from it goes first. */
function servedFirst(a: WantedRemoval, b: WantedRemoval): number {
  const base = ({ model }: WantedRemoval) => Number(/:b-[0-9a-f]{12}$/.test(model));
  return base(a) - base(b) || byModel(a, b);
}

function byModel(a: { model: string }, b: { model: string }): number {
  return a.model < b.model ? -1 : a.model > b.model ? 1 : 0;
}
