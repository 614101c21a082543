/** Objects as they are sent along: without what only a server needs, and without values whose names say that they are secret. */

import { mark } from "./mark.ts";
import { isTelling } from "./redactor.ts";

/** Their values are names and places of secrets, or count. */
const innocent = /^(?:key|keyId|secretName|tokens?|.*(?:Tokens|PerSecond|Ref|RefName))$/;
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/** A copy of `object`, of any kind. */
export function presentable(object: unknown): unknown {
  return strip(object, "");
}

/** The hashes that a Member's keys are checked against: to be taken out wherever they stand. */
export function keyHashesOf(object: unknown): string[] {
  const { keys } = (object as { spec?: { keys?: readonly { sha256?: unknown }[] } }).spec ?? {};
  return Array.isArray(keys) ? keys.flatMap(({ sha256 }) => (typeof sha256 === "string" ? [sha256] : [])) : [];
}

/** Values of variables whose names say that they are secret. */
export function tellingVariables(object: unknown): string[] {
  if (Array.isArray(object)) return object.flatMap(tellingVariables);
  if (typeof object !== "object" || object === null) return [];
  const { name, value } = object as { name?: unknown; value?: unknown };
  const own = typeof name === "string" && typeof value === "string" && isHidden(name, value) ? [value] : [];
  return [...own, ...Object.values(object).flatMap(tellingVariables)];
}

function strip(value: unknown, parent: string): unknown {
  if (Array.isArray(value)) return value.map((one) => strip(one, parent));
  if (typeof value !== "object" || value === null) return value;
  const whole = value as Readonly<Record<string, unknown>>;
  const kept = Object.entries(whole).filter(([name]) => name !== "managedFields" && name !== lastApplied);
  return Object.fromEntries(
    kept.map(([name, member]) => {
      if (typeof member !== "string") return [name, strip(member, name)];
      const isKeyHash = parent === "keys" && name === "sha256";
      const isVariable = name === "value" && typeof whole["name"] === "string" && isHidden(whole["name"], member);
      const isNamed = isTelling(name) && !innocent.test(name);
      return [name, isKeyHash || isVariable || isNamed ? mark : member];
    }),
  );
}

/** The place of a file with a secret says nothing of it. */
function isHidden(name: string, value: string): boolean {
  return isTelling(name) && !(/_(FILE|PATH|DIR)$/.test(name) && value.startsWith("/"));
}
