/** CEL that says what an update changes: how `object` differs from `oldObject`. Absent and empty are the same. */
import { all, text } from "./policy.ts";

export function sameMap(field: string): string {
  return `object.${field}.orValue({}) == oldObject.${field}.orValue({})`;
}

export function sameList(field: string): string {
  return `object.${field}.orValue([]) == oldObject.${field}.orValue([])`;
}

/** Two maps agree but for one entry. */
export function sameMapBut(field: string, key: string): string {
  const [now, before] = [`object.${field}.orValue({})`, `oldObject.${field}.orValue({})`];
  const it = `k == ${text(key)}`;
  return all(
    `${now}.all(k, ${it} || (k in ${before} && ${now}[k] == ${before}[k]))`,
    `${before}.all(k, ${it} || k in ${now})`,
  );
}

/** The lists of finalizers agree but for one, which is CEL. */
export function sameFinalizersBut(finalizer: string): string {
  const others = (side: string): string => `${side}.metadata.?finalizers.orValue([]).filter(f, f != ${finalizer})`;
  return `${others("object")}\n  == ${others("oldObject")}`;
}

/**
 * Nobody has become an owner of a field of `spec` other than `keys`. Who writes a value that is there already changes nothing
 * that can be seen, but owns the field beside governance from then on, and a decision that removes it would leave it.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function sameOwners(): string {
  const entries = (side: string): string => `${side}.metadata.?managedFields.orValue([])`;
  const spec = (entry: string): string => `${entry}.?fieldsV1[?'f:spec'].orValue({})`;
  return [
    `${entries("object")}.all(m, ${spec("m")}.all(k, k == 'f:keys')`,
    `|| ${entries("oldObject")}.exists(o, o.?manager == m.?manager && o.?operation == m.?operation`,
    `  && ${spec("m")}.all(k, k == 'f:keys' || (k in ${spec("o")} && ${spec("o")}[k] == ${spec("m")}[k]))))`,
  ].join("\n  ");
}
