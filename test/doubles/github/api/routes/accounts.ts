/** Who asks: the App, its installations and tokens, the person; and what is left of the quota. */
import { ownUser } from "../../render/account.ts";
import { installation, installationToken, integration } from "../../render/reports.ts";
import type { Access, App, Installation, Permissions } from "../../state/apps.ts";
import { notFound, Refusal } from "../../state/refusal.ts";
import type { Repository } from "../../state/repository.ts";
import { type Answer, type Call, created, numberIn, ok } from "../call.ts";
import { inaccessible } from "../caller.ts";

export function getApp(call: Call): Answer {
  const app = appOf(call);
  const installed = call.world.apps.installations.filter((one) => one.app === app);
  return ok({ ...integration(call.world, app), installations_count: installed.length });
}

export function getInstallation(call: Call): Answer {
  const app = appOf(call);
  const found = call.world.apps.installedOn(call.repository, app);
  if (!found) throw notFound();
  return ok(installation(call.world, found));
}

const tokenLifetimeMs = 3_600_000;

export function createToken(call: Call): Answer {
  const app = appOf(call);
  const { world, body } = call;
  const found = world.apps.installations.find(({ id }) => id === numberIn(call, "installation_id"));
  if (!found || found.app !== app) throw notFound();
  if (found.suspendedAt !== null) throw new Refusal(403, "This installation has been suspended");
  const token = world.apps.issue({
    kind: "installation",
    account: app.bot,
    installation: found,
    permissions: grantable(found, body["permissions"] as Permissions | undefined),
    repositories: chosen(found, body),
    expiresAt: world.clock.now() + tokenLifetimeMs,
  });
  return created(installationToken(world, token));
}

/** No more than the installation has. */
function grantable({ permissions }: Installation, wanted: Permissions | undefined): Permissions {
  if (!wanted) return { metadata: "read", ...permissions };
  const missing = Object.entries(wanted).filter(
    ([name, access]) => name !== "metadata" && !has(permissions, name, access),
  );
  if (missing.length > 0) {
    throw new Refusal(422, "The permissions requested are not granted to this installation.");
  }
  return { metadata: "read", ...wanted };
}

function has(permissions: Permissions, name: string, access: Access): boolean {
  return permissions[name] === "write" || permissions[name] === access;
}

function chosen({ repositories }: Installation, body: Call["body"]): Set<Repository> | undefined {
  const ids = body["repository_ids"] as number[] | undefined;
  const names = body["repositories"] as string[] | undefined;
  if (!ids && !names) return undefined;
  const found = [...repositories].filter(({ id, name }) => ids?.includes(id) || names?.includes(name));
  if (found.length !== (ids ?? names ?? []).length) {
    throw new Refusal(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  }
  return new Set(found);
}

function appOf({ caller }: Call): App {
  if (caller.kind === "app") return caller.app;
  throw new Refusal(401, "A JSON web token could not be decoded");
}

export function getUser({ world, caller }: Call): Answer {
  if (caller.kind !== "token") throw new Refusal(401, "Requires authentication");
  if (caller.token.kind === "installation") throw inaccessible(caller.token);
  return ok(ownUser(world, caller.account));
}

export function getRateLimit({ limits, caller }: Call): Answer {
  const core = limits.state(caller);
  const none = { limit: 0, used: 0, remaining: 0, reset: core.reset };
  return ok({ resources: { core, search: none }, rate: core });
}

export function getMeta(): Answer {
  return ok({ verifiable_password_authentication: false, hooks: ["192.0.2.0/24"] });
}
