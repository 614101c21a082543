/** Who may do what with a repository. */
import type { Account } from "../state/accounts.ts";
import { notFound, Refusal } from "../state/refusal.ts";
import type { Repository, Role } from "../state/repository.ts";
import type { World } from "../state/world.ts";

const order: readonly Role[] = ["read", "write", "admin"];

export function roleIn(world: World, repository: Repository, account: Account): Role | undefined {
  if (repository.owner === account) return "admin";
  const isInstalled = world.apps.installations.some(
    (one) => one.app.bot === account && one.repositories.has(repository),
  );
  // What an App may do is bounded by the permissions of its token.
  if (isInstalled) return "write";
  return repository.roles.get(account.id) ?? (repository.visibility === "public" ? "read" : undefined);
}

/** Who may not even read is not told that the repository exists. */
export function requireRole(world: World, repository: Repository, account: Account, wanted: Role): void {
  const role = roleIn(world, repository, account);
  if (role === undefined) throw notFound();
  if (order.indexOf(role) < order.indexOf(wanted)) {
    throw new Refusal(403, `Must have ${wanted} rights to Repository.`);
  }
}

/** As reviews, comments and pull requests say it. */
export function association(repository: Repository, account: Account): string {
  if (repository.owner === account) return "OWNER";
  const role = repository.roles.get(account.id);
  if (role === undefined) return "NONE";
  return repository.owner.type === "Organization" ? "MEMBER" : "COLLABORATOR";
}
