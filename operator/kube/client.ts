/**
 * The API server's verbs, typed by the caller. Objects are read loosely: nothing here checks a schema.
 *
 * Absence is an answer, not an error: `get` says `undefined` for 404, and `remove` says `absent`. Everything else that is refused throws
 * a `KubeError`. A call ends at once with its signal's reason when the signal aborts.
 */

import { isNotFound } from "./errors.ts";
import type { Fence } from "./fence.ts";
import { isDeleting } from "./finalizers.ts";
import { type KubeList, type ListOptions, listAll } from "./list.ts";
import type { KubeConfig } from "./plain-kubeconfig.ts";
import {
  apiVersionOf,
  collectionPath,
  type KubeObject,
  type ObjectRef,
  objectPath,
  type ResourceType,
} from "./resource.ts";
import { createTransport, type KubeRequest, type Transport, type TransportOptions } from "./transport.ts";
import { type WatchEvent, type WatchOptions, watchEvents } from "./watch.ts";

export interface CallOptions {
  signal?: AbortSignal | undefined;
  timeoutMs?: number | undefined;
}

export interface WriteOptions extends CallOptions {
  /** The server checks and answers, and stores nothing. */
  dryRun?: boolean | undefined;
  /** Who owns the fields that are written; needed by `apply`. */
  fieldManager?: string | undefined;
}

export interface ApplyOptions extends WriteOptions {
  fieldManager: string;
  /** Takes over fields that another manager owns; without it that is a conflict (409). Default true for controllers. */
  force?: boolean | undefined;
}

export interface PatchOptions extends WriteOptions {
  /** "merge": RFC 7386, the default; put `metadata.resourceVersion` in it to refuse a stale write. "json": RFC 6902. */
  kind?: "merge" | "json" | undefined;
  subresource?: string | undefined;
}

export interface RemoveOptions extends CallOptions {
  /** Removes only that very object. */
  uid?: string | undefined;
  /** Removes only this version of it. */
  resourceVersion?: string | undefined;
  propagation?: "Background" | "Foreground" | "Orphan" | undefined;
  gracePeriodSeconds?: number | undefined;
  dryRun?: boolean | undefined;
}

/** What is sent: types and metadata may be partial, as in server-side apply. */
export type Sent<T extends KubeObject> = Partial<Omit<T, "metadata">> & { metadata: Partial<T["metadata"]> };

/** What a removal leaves: there was nothing, it is gone, or the object on its way out, which finalizers hold until each is taken off. */
export type Removal<T> = "absent" | "gone" | T;

export interface KubeClient {
  get<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, options?: CallOptions): Promise<T | undefined>;
  /** All pages, in one list of one resource version. */
  list<T extends KubeObject>(type: ResourceType<T>, options?: ListOptions): Promise<KubeList<T>>;
  /** One watch, raw: ends when the server ends it, throws when it breaks. Reflectors build on it. */
  watch<T extends KubeObject>(type: ResourceType<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** Also for review kinds (TokenReview, …), whose answer is the result, and for `generateName`. */
  create<T extends KubeObject>(type: ResourceType<T>, object: Sent<T>, options?: WriteOptions): Promise<T>;
  /** PUT: replaces the object if its `resourceVersion` still holds (409 otherwise). */
  replace<T extends KubeObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Server-side apply. */
  apply<T extends KubeObject>(type: ResourceType<T>, object: Sent<T>, options: ApplyOptions): Promise<T>;
  /** Server-side apply of the status subresource. */
  applyStatus<T extends KubeObject>(type: ResourceType<T>, object: Sent<T>, options: ApplyOptions): Promise<T>;
  patch<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, body: unknown, options?: PatchOptions): Promise<T>;
  remove<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, options?: RemoveOptions): Promise<Removal<T>>;
  /** The same client, whose writes are held back (FencedError) whenever the fence is closed at the moment of sending. */
  withFence(fence: Fence): KubeClient;
  /** Cuts all connections, also those of fenced copies. */
  close(): Promise<void>;
}

export function createKubeClient(config: KubeConfig, options: TransportOptions): KubeClient {
  return clientOver(createTransport(config, options), undefined);
}

function clientOver(transport: Transport, fence: Fence | undefined): KubeClient {
  const write = async (request: KubeRequest): Promise<unknown> => transport.request({ ...request, fence });
  const applyTo = (type: ResourceType, object: Sent<KubeObject>, options: ApplyOptions, subresource?: string) =>
    write({
      ...limitsOf(options),
      method: "PATCH",
      path: objectPath(type, refIn(object), subresource),
      query: { ...writeQuery(options), force: options.force ?? true },
      contentType: "application/apply-patch+yaml",
      body: typed(type, object),
    });
  return {
    async get<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, options: CallOptions = {}) {
      const request: KubeRequest = { ...limitsOf(options), method: "GET", path: objectPath(type, ref) };
      return (await transport.request(request).catch(absentWhenNotFound)) as T | undefined;
    },
    list: (type, options = {}) => listAll(transport, type, options),
    watch: (type, options) => watchEvents(transport, type, options),
    async create<T extends KubeObject>(type: ResourceType<T>, object: Sent<T>, options: WriteOptions = {}) {
      const path = collectionPath(type, object.metadata.namespace);
      const body = typed(type, object);
      return (await write({ ...limitsOf(options), method: "POST", path, query: writeQuery(options), body })) as T;
    },
    async replace<T extends KubeObject>(type: ResourceType<T>, object: T, options: WriteOptions = {}) {
      const path = objectPath(type, object.metadata);
      const body = typed(type, object);
      return (await write({ ...limitsOf(options), method: "PUT", path, query: writeQuery(options), body })) as T;
    },
    async apply<T extends KubeObject>(type: ResourceType<T>, object: Sent<T>, options: ApplyOptions) {
      return (await applyTo(type, object, options)) as T;
    },
    async applyStatus<T extends KubeObject>(type: ResourceType<T>, object: Sent<T>, options: ApplyOptions) {
      return (await applyTo(type, object, options, "status")) as T;
    },
    async patch<T extends KubeObject>(
      type: ResourceType<T>,
      ref: ObjectRef,
      body: unknown,
      options: PatchOptions = {},
    ) {
      const path = objectPath(type, ref, options.subresource);
      const contentType = `application/${options.kind === "json" ? "json-patch" : "merge-patch"}+json`;
      const query = writeQuery(options);
      return (await write({ ...limitsOf(options), method: "PATCH", path, query, contentType, body })) as T;
    },
    async remove<T extends KubeObject>(type: ResourceType<T>, ref: ObjectRef, options: RemoveOptions = {}) {
      const request: KubeRequest = { ...limitsOf(options), method: "DELETE", path: objectPath(type, ref) };
      const answer = await write({ ...request, body: deleteOptions(options) }).catch(absentWhenNotFound);
      return answer === undefined ? "absent" : removalOf(answer as T);
    },
    withFence(next) {
      return clientOver(transport, fence ? () => fence() && next() : next);
    },
    close: () => transport.close(),
  };
}

function limitsOf(options: CallOptions): Pick<KubeRequest, "signal" | "timeoutMs"> {
  return { signal: options.signal, timeoutMs: options.timeoutMs };
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  return { fieldManager: options.fieldManager, dryRun: options.dryRun ? "All" : undefined };
}

/** Server-side apply refuses `managedFields`, and every write needs the type that a list's items lack. */
function typed(type: ResourceType, object: Sent<KubeObject>): unknown {
  const { managedFields: _, ...metadata } = object.metadata as Record<string, unknown>;
  return { ...object, apiVersion: apiVersionOf(type), kind: type.kind, metadata };
}

function refIn(object: Sent<KubeObject>): ObjectRef {
  return { name: object.metadata.name ?? "", namespace: object.metadata.namespace };
}

/** All of it in the body: the server ignores the query of a DELETE that has one, `dryRun` too. */
function deleteOptions(options: RemoveOptions): unknown {
  const { uid, resourceVersion } = options;
  return {
    apiVersion: "v1",
    kind: "DeleteOptions",
    ...(uid || resourceVersion ? { preconditions: { uid, resourceVersion } } : {}),
    ...(options.dryRun ? { dryRun: ["All"] } : {}),
    ...(options.propagation ? { propagationPolicy: options.propagation } : {}),
    ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
  };
}

/** The API server answers with a Status, or with the object; some kinds are answered with though they are gone. */
function removalOf<T extends KubeObject>(answer: T): Removal<T> {
  return isDeleting(answer) && (answer.metadata.finalizers ?? []).length > 0 ? answer : "gone";
}

function absentWhenNotFound(error: unknown): undefined {
  if (isNotFound(error)) return undefined;
  throw error;
}
