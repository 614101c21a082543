/**
 * What a Kubernetes object and its type look like to the plumbing, and how both become paths of the API.
 *
 * The plumbing reads loosely: it relies on the few fields of `metadata` below and hands the rest through untouched.
 * Which kinds exist is known by those who call it.
 */

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean | undefined;
  blockOwnerDeletion?: boolean | undefined;
}

/** `metav1.ObjectMeta` as it is read; times are RFC 3339 strings, as the API sends them. */
export interface ObjectMeta {
  name: string;
  namespace?: string | undefined;
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  generation?: number | undefined;
  creationTimestamp?: string | undefined;
  deletionTimestamp?: string | undefined;
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
  finalizers?: string[] | undefined;
  ownerReferences?: OwnerReference[] | undefined;
}

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** Names a type of object on the API server. `T` is what the caller believes its objects to be. */
export interface ResourceType<T extends KubeObject = KubeObject> {
  /** The API group; "" for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never set: only carries `T` through the type system. */
  readonly objectType?: T | undefined;
}

/** Which object; an object's own `metadata` will do. */
export interface ObjectRef {
  name: string;
  namespace?: string | undefined;
}

/** `group/version`, or only the version in the core group. */
export function apiVersionOf(type: ResourceType): string {
  return type.group === "" ? type.version : `${type.group}/${type.version}`;
}

/** The key of an object in stores and queues: `namespace/name`, or only the name of a cluster-wide object. */
export function keyOf(ref: ObjectRef): string {
  return ref.namespace ? `${ref.namespace}/${ref.name}` : ref.name;
}

/** The other way of `keyOf`. Names and namespaces cannot hold a slash, so the first one divides. */
export function refOf(key: string): ObjectRef {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The path of a collection; of all namespaces when a namespaced type is given none. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === "" ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const scope = type.namespaced && namespace ? `/namespaces/${segment("namespace", namespace)}` : "";
  return `${root}${scope}/${type.plural}`;
}

/** The path of one object, or of a subresource of it. */
export function objectPath(type: ResourceType, ref: ObjectRef, subresource?: string): string {
  if (type.namespaced && !ref.namespace) {
    throw new TypeError(`${type.kind} ${ref.name || "(no name)"} needs a namespace: pass {namespace, name}`);
  }
  const tail = subresource ? `/${subresource}` : "";
  return `${collectionPath(type, ref.namespace)}/${segment("name", ref.name)}${tail}`;
}

/** One path segment. "." and ".." survive encoding and would be folded away by URL parsers: refused here. */
function segment(what: string, value: string): string {
  if (!value || value === "." || value === "..") {
    throw new TypeError(`${JSON.stringify(value ?? null)} is no ${what} of a Kubernetes object`);
  }
  return encodeURIComponent(value);
}
