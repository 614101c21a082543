/**
 * An API server in memory, for what the rollout asks of one: server-side apply with owners of fields and defaults, an edit of
 * `managedFields`, deletion with finalizers and preconditions, lists and watches. `cluster.integration.test.ts` holds it to
 * the real one.
 */
import { withDefaults } from "../../../governance/rollout/difference/defaults.ts";
import type { GovernedKind } from "../../../governance/rollout/kinds.ts";
import { rfc3339 } from "../../../operator/clock/clock.ts";
import type { ApplyOptions, Removal, RemoveOptions } from "../../../operator/kube/client.ts";
import { KubeError } from "../../../operator/kube/errors.ts";
import { type KubeObject, keyOf, type ObjectRef, type ResourceType } from "../../../operator/kube/resource.ts";
import type { WatchEvent } from "../../../operator/kube/watch.ts";
import { type FieldSet, fieldSetOf, isMapping, leaves, memberId, memberSchema, setOfLeaves } from "./field-sets.ts";

export interface Entry {
  manager: string;
  operation: "Apply" | "Update";
  apiVersion: string;
  time: string;
  fieldsType: "FieldsV1";
  fieldsV1: FieldSet;
  subresource?: string;
}

export interface Stored extends KubeObject {
  spec?: Record<string, unknown>;
  status?: unknown;
  metadata: KubeObject["metadata"] & { managedFields?: Entry[] };
}

type Schema = GovernedKind["schema"] | undefined;

export class Cluster {
  readonly #schemas: ReadonlyMap<string, Schema>;
  readonly #objects = new Map<string, Stored>();
  readonly #log: { version: number; kind: string; event: WatchEvent<Stored> }[] = [];
  readonly #watchers = new Set<() => void>();
  readonly namespaces: Set<string>;
  #version = 100;
  #now: number;
  #uids = 0;
  /** Writes that changed something, in order: `apply ModelDeployment community/chat`. */
  readonly writes: string[] = [];

  constructor(kinds: readonly GovernedKind[], namespaces: readonly string[], now = Date.UTC(2026, 0, 1)) {
    this.#schemas = new Map(kinds.map(({ type, schema }) => [type.kind, schema]));
    this.namespaces = new Set(namespaces);
    this.#now = now;
  }

  get version(): string {
    return String(this.#version);
  }

  /** Time as the server writes it down. */
  tick(ms = 1_000): void {
    this.#now += ms;
  }

  get(type: ResourceType, ref: ObjectRef): Stored | undefined {
    if (type.kind === "Namespace") return this.namespaces.has(ref.name) ? namespaceNamed(ref.name) : undefined;
    const found = this.#objects.get(keyIn(type, ref));
    return found && structuredClone(found);
  }

  list(type: ResourceType): Stored[] {
    return [...this.#objects.values()].filter(({ kind }) => kind === type.kind).map((one) => structuredClone(one));
  }

  all(): Stored[] {
    return [...this.#objects.values()].map((one) => structuredClone(one));
  }

  eventsAfter(type: ResourceType, version: number): { version: number; event: WatchEvent<Stored> }[] {
    const since = this.#log.findLastIndex((one) => one.version <= version) + 1;
    return this.#log.slice(since).filter((one) => one.kind === type.kind);
  }

  onEvent(listener: () => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  apply(type: ResourceType, sent: Stored, { fieldManager }: ApplyOptions): Stored {
    const { name, namespace } = sent.metadata;
    if (namespace !== undefined && !this.namespaces.has(namespace)) throw refused(404, "NotFound", "namespace");
    const before = this.#objects.get(keyIn(type, sent.metadata));
    const { resourceVersion } = sent.metadata;
    if (resourceVersion !== undefined && resourceVersion !== before?.metadata.resourceVersion) {
      throw refused(409, "Conflict", "the object has been modified");
    }
    const set = setOf(sent, this.#schemas.get(type.kind));
    const entries = before?.metadata.managedFields ?? [];
    const ours = entries.find((one) => one.manager === fieldManager && one.operation === "Apply");
    const after = structuredClone(before ?? bare(type, name, namespace));
    const dropped = ours ? droppedBy(ours, set, entries) : [];
    for (const path of dropped) removeAt(after, path.split("\n"), this.#schemas.get(type.kind));
    merge(after, sent, this.#schemas.get(type.kind));
    const others = entries.filter((one) => one !== ours).flatMap((one) => withoutChanged(one, set, before, after));
    const time = ours?.time ?? "";
    after.metadata.managedFields = [...others, entry(type, fieldManager, "Apply", set, time)];
    return this.#store(type, before, after, fieldManager, `apply ${keyIn(type, sent.metadata)}`);
  }

  /** A person's edit: a merge patch of spec and metadata under a field manager of theirs. */
  edit(type: ResourceType, ref: ObjectRef, patch: Record<string, unknown>, fieldManager: string): Stored {
    const before = this.#objects.get(keyIn(type, ref));
    if (!before) throw refused(404, "NotFound", "no such object");
    const after = mergePatched(before, patch) as Stored;
    const schema = this.#schemas.get(type.kind);
    const changed = leaves(setOf(after, schema)).filter(
      (path) => !same(valueAt(before, path, schema), valueAt(after, path, schema)),
    );
    const lost = new Set([
      ...changed,
      ...leaves(setOf(before, schema)).filter((path) => valueAt(after, path, schema) === undefined),
    ]);
    const entries = (after.metadata.managedFields ?? []).flatMap((one) => {
      const left = leaves(one.fieldsV1).filter((path) => !lost.has(path));
      return left.length === 0 ? [] : [{ ...one, fieldsV1: setOfLeaves(left) }];
    });
    const own = entries.find((one) => one.manager === fieldManager && one.operation === "Update");
    const paths = [...(own ? leaves(own.fieldsV1) : []), ...changed];
    const mine = paths.length === 0 ? [] : [entry(type, fieldManager, "Update", setOfLeaves(paths), own?.time ?? "")];
    after.metadata.managedFields = [...entries.filter((one) => one !== own), ...mine];
    return this.#store(type, before, after, fieldManager, `edit ${keyIn(type, ref)}`);
  }

  create(type: ResourceType, sent: Stored, fieldManager: string): Stored {
    const { name, namespace } = sent.metadata;
    if (this.#objects.has(keyIn(type, sent.metadata))) throw refused(409, "AlreadyExists", "it exists");
    const after = bare(type, name, namespace);
    merge(after, sent, this.#schemas.get(type.kind));
    const set = setOf(sent, this.#schemas.get(type.kind));
    after.metadata.managedFields = [entry(type, fieldManager, "Update", set, "")];
    return this.#store(type, undefined, after, fieldManager, `create ${keyIn(type, sent.metadata)}`);
  }

  /** The only JSON patch that is known: `managedFields`, at a version. */
  patchManagedFields(type: ResourceType, ref: ObjectRef, edits: readonly { path: string; value: unknown }[]): Stored {
    const before = this.#objects.get(keyIn(type, ref));
    if (!before) throw refused(404, "NotFound", "no such object");
    const sent = (path: string): unknown => edits.find((one) => one.path === path)?.value;
    if (sent("/metadata/resourceVersion") !== before.metadata.resourceVersion) {
      throw refused(409, "Conflict", "the object has been modified");
    }
    const after = structuredClone(before);
    after.metadata.managedFields = structuredClone(sent("/metadata/managedFields")) as Entry[];
    return this.#store(type, before, after, "", `own ${keyIn(type, ref)}`);
  }

  setStatus(type: ResourceType, ref: ObjectRef, status: unknown): void {
    const before = this.#objects.get(keyIn(type, ref));
    if (before) this.#store(type, before, { ...structuredClone(before), status }, "", "");
  }

  remove(type: ResourceType, ref: ObjectRef, { uid }: RemoveOptions = {}): Removal<Stored> {
    const key = keyIn(type, ref);
    const before = this.#objects.get(key);
    if (!before) return "absent";
    if (uid !== undefined && uid !== before.metadata.uid) throw refused(409, "Conflict", "the uid is another one");
    this.writes.push(`remove ${key}`);
    if (before.metadata.finalizers?.length) {
      if (before.metadata.deletionTimestamp) return structuredClone(before);
      const after = structuredClone(before);
      after.metadata.deletionTimestamp = rfc3339(this.#now);
      this.#put(type, after, "MODIFIED");
      return structuredClone(after);
    }
    this.#drop(type, key, before);
    return "gone";
  }

  /** What a controller does when its work is done. */
  setFinalizers(type: ResourceType, ref: ObjectRef, finalizers: string[]): void {
    const key = keyIn(type, ref);
    const before = this.#objects.get(key);
    if (!before) return;
    if (finalizers.length === 0 && before.metadata.deletionTimestamp) {
      this.#drop(type, key, before);
      return;
    }
    const after = structuredClone(before);
    after.metadata.finalizers = finalizers;
    this.#put(type, after, "MODIFIED");
  }

  #store(type: ResourceType, before: Stored | undefined, after: Stored, manager: string, what: string): Stored {
    const schema = this.#schemas.get(type.kind);
    if (after.spec) after.spec = withDefaults(schema, after.spec as never) as Record<string, unknown>;
    if (before && same(before, after)) return structuredClone(before);
    for (const one of after.metadata.managedFields ?? []) {
      if (one.manager === manager) one.time = rfc3339(this.#now);
    }
    const { metadata } = after;
    metadata.uid ??= `uid-${++this.#uids}`;
    metadata.creationTimestamp ??= rfc3339(this.#now);
    const isChanged = !before || !same(before.spec, after.spec);
    metadata.generation = (before?.metadata.generation ?? 0) + (isChanged ? 1 : 0);
    if (what !== "") this.writes.push(what);
    return this.#put(type, after, before ? "MODIFIED" : "ADDED");
  }

  #put(type: ResourceType, after: Stored, event: "ADDED" | "MODIFIED"): Stored {
    after.metadata.resourceVersion = String(++this.#version);
    this.#objects.set(keyIn(type, after.metadata), after);
    this.#tell(type, { type: event, object: structuredClone(after) });
    return structuredClone(after);
  }

  #drop(type: ResourceType, key: string, before: Stored): void {
    this.#objects.delete(key);
    const object = structuredClone(before);
    object.metadata.resourceVersion = String(++this.#version);
    this.#tell(type, { type: "DELETED", object });
  }

  #tell(type: ResourceType, event: WatchEvent<Stored>): void {
    this.#log.push({ version: this.#version, kind: type.kind, event });
    for (const listener of [...this.#watchers]) listener();
  }
}

export function refused(status: number, reason: string, words: string): KubeError {
  return new KubeError(`refused: ${words}`, { status, reason });
}

function keyIn(type: ResourceType, ref: ObjectRef): string {
  return `${type.kind} ${keyOf(ref)}`;
}

function namespaceNamed(name: string): Stored {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

function bare({ group, version, kind }: ResourceType, name: string, namespace: string | undefined): Stored {
  return { apiVersion: `${group}/${version}`, kind, metadata: { name, ...(namespace !== undefined && { namespace }) } };
}

function entry(type: ResourceType, manager: string, operation: Entry["operation"], set: FieldSet, time: string): Entry {
  const apiVersion = `${type.group}/${type.version}`;
  return { manager, operation, apiVersion, time, fieldsType: "FieldsV1", fieldsV1: set };
}

/** Of labels, annotations and spec; who something is belongs to nobody. */
function setOf({ metadata, spec }: Stored, schema: Schema): FieldSet {
  const { labels, annotations } = metadata;
  const notes = { ...(labels && { labels }), ...(annotations && { annotations }) };
  return {
    ...(Object.keys(notes).length > 0 && { "f:metadata": fieldSetOf(notes, undefined) }),
    ...(spec && { "f:spec": fieldSetOf(spec, schema) }),
  };
}

/** What we applied before and do not apply now, and nobody else owns. */
function droppedBy(ours: Entry, set: FieldSet, entries: readonly Entry[]): string[] {
  const kept = new Set([
    ...leaves(set),
    ...entries.filter((one) => one !== ours).flatMap((one) => leaves(one.fieldsV1)),
  ]);
  const isWithin = (path: string): boolean => [...kept].some((one) => one.startsWith(`${path}\n`));
  return leaves(ours.fieldsV1).filter((path) => !kept.has(path) && !isWithin(path));
}

/** What was forced from another manager is no longer theirs. */
function withoutChanged(one: Entry, set: FieldSet, before: Stored | undefined, after: Stored): Entry[] {
  const applied = new Set(leaves(set));
  const left = leaves(one.fieldsV1).filter(
    (path) => !applied.has(path) || same(valueAt(before, path, undefined), valueAt(after, path, undefined)),
  );
  return left.length === 0 ? [] : [{ ...one, fieldsV1: setOfLeaves(left) }];
}

function merge(target: Stored, { metadata, spec }: Stored, schema: Schema): void {
  const { labels, annotations } = metadata;
  if (labels) target.metadata.labels = { ...target.metadata.labels, ...labels };
  if (annotations) target.metadata.annotations = { ...target.metadata.annotations, ...annotations };
  if (spec) target.spec = mergeValue(target.spec, spec, schema) as Record<string, unknown>;
}

function mergeValue(have: unknown, sent: unknown, schema: Schema): unknown {
  if (isMapping(sent) && isMapping(have)) {
    const merged: Record<string, unknown> = { ...have };
    for (const [name, value] of Object.entries(sent)) {
      merged[name] = mergeValue(have[name], value, memberSchema(schema, name));
    }
    return merged;
  }
  const idOf = memberId(schema);
  if (!idOf || !Array.isArray(have) || !Array.isArray(sent)) return structuredClone(sent);
  const more = new Map(sent.map((item) => [idOf(item), item as unknown]));
  const before = have.map((item: unknown) => {
    const id = idOf(item);
    const merged = more.has(id) ? mergeValue(item, more.get(id), schema?.items) : item;
    more.delete(id);
    return merged;
  });
  return [...before, ...more.values()];
}

function removeAt(object: Stored, path: readonly string[], schema: Schema): void {
  const [member = "", ...rest] = path;
  const name = member.slice(2);
  const within = (object as unknown as Record<string, unknown>)[name];
  removeIn(object as unknown as Record<string, unknown>, name, within, rest, name === "spec" ? schema : undefined);
}

function removeIn(
  holder: Record<string, unknown>,
  name: string,
  value: unknown,
  path: readonly string[],
  schema: Schema,
): void {
  const [member, ...rest] = path;
  if (member === undefined) {
    delete holder[name];
    return;
  }
  if (member.startsWith("f:") && isMapping(value)) {
    const within = member.slice(2);
    removeIn(value, within, value[within], rest, memberSchema(schema, within));
  } else if (Array.isArray(value)) {
    const idOf = memberId(schema);
    const kept = value.filter((item) => idOf?.(item) !== member);
    if (kept.length === 0) delete holder[name];
    else holder[name] = kept;
  }
}

function valueAt(object: unknown, path: string, schema: Schema): unknown {
  let value = object;
  let at: Schema;
  for (const [index, member] of path.split("\n").entries()) {
    if (member.startsWith("f:") && isMapping(value)) {
      const name = member.slice(2);
      at = index === 0 ? (name === "spec" ? schema : undefined) : memberSchema(at, name);
      value = value[name];
    } else if (member.startsWith("v:") && Array.isArray(value)) {
      value = value.includes(JSON.parse(member.slice(2))) ? true : undefined;
    } else return value;
  }
  return value;
}

function mergePatched(target: unknown, patch: unknown): unknown {
  if (!isMapping(patch)) return structuredClone(patch);
  const merged: Record<string, unknown> = isMapping(target) ? structuredClone(target) : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = mergePatched(merged[name], value);
  }
  return merged;
}

function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, within: unknown) =>
    isMapping(within) ? Object.fromEntries(Object.entries(within).toSorted(([x], [y]) => (x < y ? -1 : 1))) : within,
  );
}
