import { join } from "node:path";
import { randomToken } from "../state/secrets.ts";
import { readIfPresent, writeAtomically } from "../state/write.ts";

/** Somebody the API server knows by a token. */
export interface Identity {
  /** What we call it: `admin`, or `<namespace>.<name>` for a ServiceAccount; also the kubeconfig's file name. */
  name: string;
  user: string;
  groups: readonly string[];
}

/** May do everything; for the person who runs the community, never for one of its services. */
export const admin: Identity = { name: "admin", user: "admin", groups: ["system:masters"] };

/** The identity that a Pod with that ServiceAccount has, so that RoleBindings to the ServiceAccount hold for it. */
export function serviceAccount(namespace: string, name: string): Identity {
  return {
    name: `${namespace}.${name}`,
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
  };
}

/**
 * Writes the API server's static token file (it is read at start only) and returns the token of each identity by name.
 * Tokens are made once and kept, so that a kubeconfig that somebody copied goes on working after a restart.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file
 */
export function writeTokens(directory: string, identities: readonly Identity[]): ReadonlyMap<string, string> {
  const kept = readKept(join(directory, "tokens.json"));
  const tokens = new Map(identities.map(({ name }) => [name, kept[name] ?? randomToken()]));
  writeAtomically(join(directory, "tokens.json"), `${JSON.stringify({ ...kept, ...Object.fromEntries(tokens) })}\n`);
  const lines = identities.map(
    ({ name, user, groups }) => `${tokens.get(name)},${user},${user},"${groups.join(",")}"\n`,
  );
  writeAtomically(join(directory, "tokens.csv"), lines.join(""));
  return tokens;
}

function readKept(path: string): Readonly<Record<string, string>> {
  const value: unknown = JSON.parse(readIfPresent(path) ?? "{}");
  if (typeof value !== "object" || value === null || Object.values(value).some((token) => typeof token !== "string")) {
    throw new Error(`${path} does not hold tokens: remove it, new ones will be made`);
  }
  return value as Record<string, string>;
}
