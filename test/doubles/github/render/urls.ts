/** Addresses as GitHub's answers have them; API, pages and git are at one origin here. */
import type { Account } from "../state/accounts.ts";
import { fullName, type PullRequest, type Repository } from "../state/repository.ts";
import type { World } from "../state/world.ts";

export const documentationUrl = "https://docs.github.com/rest";

export function apiUrl(world: World, repository: Repository, rest = ""): string {
  return `${world.origin}/repos/${fullName(repository)}${rest}`;
}

export function htmlUrl(world: World, repository: Repository, rest = ""): string {
  return `${world.origin}/${fullName(repository)}${rest}`;
}

export function cloneUrl(world: World, repository: Repository): string {
  return `${htmlUrl(world, repository)}.git`;
}

export function userUrl(world: World, account: Account, rest = ""): string {
  return `${world.origin}/users/${encodeURIComponent(account.login)}${rest}`;
}

export function pullUrl(world: World, pull: PullRequest, rest = ""): string {
  return apiUrl(world, pull.repository, `/pulls/${pull.number}${rest}`);
}

/** Opaque, and different for each kind of thing. */
export function nodeId(kind: string, id: number): string {
  return Buffer.from(`${kind}:${id}`).toString("base64url");
}
