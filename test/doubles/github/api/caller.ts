/** Who asks: an App by its signed token, an installation or a person by theirs, or nobody. */
import { verify } from "node:crypto";
import type { Account } from "../state/accounts.ts";
import type { Access, App, Permissions, Token } from "../state/apps.ts";
import { notFound, Refusal } from "../state/refusal.ts";
import type { Repository } from "../state/repository.ts";
import type { World } from "../state/world.ts";

export type Caller =
  | { readonly kind: "nobody" }
  | { readonly kind: "app"; readonly app: App }
  | { readonly kind: "token"; readonly token: Token; readonly account: Account };

/** From an `Authorization` header; refuses with 401 as GitHub does. */
export function callerOf(world: World, authorization: string | undefined): Caller {
  if (authorization === undefined || authorization === "") return { kind: "nobody" };
  const [scheme = "", credentials = ""] = authorization.split(/\s+/, 2);
  if (/^(bearer|token)$/i.test(scheme)) {
    return /^[\w-]+\.[\w-]+\.[\w-]+$/.test(credentials) ? appOf(world, credentials) : tokenOf(world, credentials);
  }
  if (/^basic$/i.test(scheme)) {
    const [, password = ""] = Buffer.from(credentials, "base64").toString().split(/:(.*)/s);
    return tokenOf(world, password);
  }
  throw badCredentials();
}

function tokenOf(world: World, text: string): Caller {
  const token = world.apps.byText(text);
  if (!token || token.isRevoked || token.expiresAt <= world.clock.now() || token.account.isDeleted)
    throw badCredentials();
  if (token.installation && token.installation.suspendedAt !== null) {
    throw new Refusal(403, "This installation has been suspended");
  }
  return { kind: "token", token, account: token.account };
}

/** Seconds that an App's own token may live, and that clocks may differ. */
const appToken = { lifetimeMax: 600, skewMax: 60 };

function appOf(world: World, jwt: string): Caller {
  const [head = "", body = "", signature = ""] = jwt.split(".");
  const header = decoded(head);
  const claims = decoded(body);
  if (header?.["alg"] !== "RS256" || !claims) throw undecodable();
  const issuer = String(claims["iss"] ?? "");
  const app = world.apps.apps.find((one) => String(one.id) === issuer || one.clientId === issuer);
  if (!app) throw new Refusal(404, "Integration not found");
  const signed = Buffer.from(`${head}.${body}`);
  if (!verify("RSA-SHA256", signed, app.publicKey, Buffer.from(signature, "base64url"))) throw undecodable();
  const now = Math.floor(world.clock.now() / 1_000);
  const { exp, iat } = claims;
  if (typeof exp !== "number" || exp <= now) {
    const what = "must be a numeric value representing the future time at which the assertion expires";
    throw new Refusal(401, `'Expiration time' claim ('exp') ${what}`);
  }
  if (exp > now + appToken.lifetimeMax + appToken.skewMax) {
    throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  if (typeof iat !== "number" || iat > now + appToken.skewMax) {
    throw new Refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  return { kind: "app", app };
}

function decoded(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function badCredentials(): Refusal {
  return new Refusal(401, "Bad credentials");
}

function undecodable(): Refusal {
  return new Refusal(401, "A JSON web token could not be decoded");
}

/** One of `anyOf`, at least at `access`. */
export interface Needed {
  readonly anyOf: readonly string[];
  readonly access: Access;
}

/** Refuses whoever may not do this with the repository. What is public may be read by anybody. */
export function requirePermission(caller: Caller, repository: Repository, needed: Needed): void {
  const isPublicRead = repository.visibility === "public" && needed.access === "read";
  if (caller.kind === "app") throw badCredentials();
  if (caller.kind === "nobody") {
    if (isPublicRead) return;
    throw repository.visibility === "public" ? new Refusal(401, "Requires authentication") : notFound();
  }
  const { token } = caller;
  if (!reaches(caller, repository)) {
    if (isPublicRead) return;
    throw repository.visibility === "public" ? inaccessible(token) : notFound();
  }
  if (!isPublicRead && !allows(permissionsOf(token), needed)) throw inaccessible(token);
}

function reaches({ token, account }: { token: Token; account: Account }, repository: Repository): boolean {
  const installed = token.installation?.repositories.has(repository) ?? true;
  const named = token.repositories?.has(repository) ?? true;
  if (!installed || !named) return false;
  if (token.installation) return true;
  return repository.visibility === "public" || repository.owner === account || repository.roles.has(account.id);
}

/** An installation's own permissions may have been lowered after the token was made. */
function permissionsOf(token: Token): Permissions {
  if (!token.installation) return { metadata: "read", ...token.permissions };
  const { permissions } = token.installation;
  return Object.fromEntries(
    Object.entries(token.permissions).flatMap(([name, access]): [string, Access][] => {
      const bound = name === "metadata" ? "read" : permissions[name];
      return bound === undefined ? [] : [[name, bound === "read" ? "read" : access]];
    }),
  );
}

function allows(permissions: Permissions, { anyOf, access }: Needed): boolean {
  return anyOf.some((name) => permissions[name] === "write" || permissions[name] === access);
}

export function inaccessible(token: Token): Refusal {
  const by = token.kind === "installation" ? "integration" : "personal access token";
  return new Refusal(403, `Resource not accessible by ${by}`);
}
