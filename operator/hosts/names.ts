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
  /** More removals were wanted than the status can hold. */
  readonly overflow: boolean;
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
  const unwantedSince = unwantedSinceOf(snapshot);
  const made = madeNow(snapshot, onDisk, unwantedSince);
  const waiting = removalsNow(snapshot, made, live);
  const { orphans, wakeAt } = orphansAmong(made, waiting, onDisk, unwantedSince, snapshot);
  const since = rfc3339(now);
  const removals = [...waiting, ...orphans.map(({ model, deployment, uid }) => ({ model, deployment, uid, since }))];
  const bounded = removals.slice(0, removalsMax);
  const written = new Set((object.status?.removals ?? []).map(({ model }) => model));
  return {
    made,
    removals: bounded,
    overflow: removals.length > removalsMax,
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

/** Of what is written down as made: since when no deployment's status has it, and nothing else is done about it. */
function unwantedSinceOf(snapshot: HostSnapshot): Map<string, number> {
  const { now, object, wants, wished, done, unwantedSince: before } = snapshot;
  const handled = new Set([...wants, ...wished, ...(object.status?.removals ?? [])].map(({ model }) => model));
  const since = new Map<string, number>();
  for (const { model } of object.status?.made ?? []) {
    if (!handled.has(model) && !done.has(model)) since.set(model, before.get(model) ?? now);
  }
  return since;
}

function madeNow(
  snapshot: HostSnapshot,
  onDisk: ReadonlySet<string> | undefined,
  unwantedSince: ReadonlyMap<string, number>,
): MadeModel[] {
  const { object, wants, liveness, facts, done, wished } = snapshot;
  const made = new Map<string, MadeModel>();
  // The name of a download is ours only while a status says so: whoever pulls it after that, it is theirs.
  const pending = new Set([...(object.status?.removals ?? []), ...wished].map(({ model }) => model));
  const askedAfter = (since: number) => liveness.reachable && (facts?.answeredAt ?? 0) > since;
  for (const one of object.status?.made ?? []) {
    const since = unwantedSince.get(one.model);
    // A list from before nobody wanted it says little: it may have been made in between.
    const gone =
      onDisk !== undefined &&
      !onDisk.has(one.model) &&
      (done.has(one.model) || (since !== undefined && askedAfter(since)));
    if (!gone && (isOurs(one.model) || pending.has(one.model))) made.set(one.model, one);
  }
  if (!forced(snapshot)) for (const { model, deployment, uid } of wants) made.set(model, { model, deployment, uid });
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
  onDisk: ReadonlySet<string> | undefined,
  unwantedSince: ReadonlyMap<string, number>,
  { now, wantsSynced, liveness, limits }: HostSnapshot,
): { orphans: MadeModel[]; wakeAt: number | undefined } {
  const orphans: MadeModel[] = [];
  let wakeAt: number | undefined;
  if (!wantsSynced) return { orphans, wakeAt };
  for (const one of made) {
    const since = unwantedSince.get(one.model);
    if (since === undefined || waiting.some(({ model }) => model === one.model)) continue;
    const orphanAt = since + limits.orphanGraceMs;
    if (now < orphanAt) wakeAt = Math.min(wakeAt ?? orphanAt, orphanAt);
    else if (liveness.reachable && onDisk?.has(one.model)) orphans.push(one);
  }
  return { orphans, wakeAt };
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
