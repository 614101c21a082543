/** Apps, and where they are installed. */
import type { Account } from "../state/accounts.ts";
import type { App, Installation, Permissions } from "../state/apps.ts";
import type { Repository } from "../state/repository.ts";
import type { World } from "../state/world.ts";

const events = ["check_run", "issue_comment", "pull_request", "pull_request_review", "push"];

export function createApp(
  world: World,
  { slug, owner, permissions }: { slug: string; owner: Account; permissions: Permissions },
): App {
  const bot = world.addAccount(`${slug}[bot]`, "Bot");
  const names = { clientId: `Iv23${slug}`, slug, name: slug };
  return world.apps.add({
    id: world.nextId(),
    ...names,
    owner,
    bot,
    createdAt: world.clock.now(),
    permissions,
    events,
  });
}

export function installApp(
  world: World,
  { app, repository, permissions }: { app: App; repository: Repository; permissions: Permissions },
): Installation {
  return world.apps.install({
    id: world.nextId(),
    app,
    account: repository.owner,
    repositories: new Set([repository]),
    permissions,
    createdAt: world.clock.now(),
    suspendedAt: null,
  });
}
