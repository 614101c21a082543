/** Accounts as answers have them. */
import { rfc3339 } from "../../../../operator/clock/clock.ts";
import type { Account } from "../state/accounts.ts";
import type { World } from "../state/world.ts";
import { nodeId, userUrl } from "./urls.ts";

/** Who closed their account is nobody in most answers. */
export function userOrNull(world: World, account: Account): Record<string, unknown> | null {
  return account.isDeleted ? null : user(world, account);
}

/** Of a pull request, whose author is never nobody: GitHub shows its account `ghost` there. */
export function userOrGhost(world: World, account: Account): Record<string, unknown> {
  return account.isDeleted
    ? user(world, { ...account, id: 10_137, login: "ghost", type: "User" })
    : user(world, account);
}

export function user(world: World, account: Account): Record<string, unknown> {
  const url = (rest: string): string => userUrl(world, account, rest);
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId(account.type, account.id),
    avatar_url: `${world.origin}/avatars/u/${account.id}`,
    gravatar_id: "",
    url: url(""),
    html_url: `${world.origin}/${encodeURIComponent(account.login)}`,
    followers_url: url("/followers"),
    following_url: url("/following{/other_user}"),
    gists_url: url("/gists{/gist_id}"),
    starred_url: url("/starred{/owner}{/repo}"),
    subscriptions_url: url("/subscriptions"),
    organizations_url: url("/orgs"),
    repos_url: url("/repos"),
    events_url: url("/events{/privacy}"),
    received_events_url: url("/received_events"),
    type: account.type,
    site_admin: false,
  };
}

/** `GET /user`, of somebody who may not see private facts. */
export function ownUser(world: World, account: Account): Record<string, unknown> {
  return {
    ...user(world, account),
    name: account.login,
    company: null,
    blog: "",
    location: null,
    email: null,
    hireable: null,
    bio: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: rfc3339(account.createdAt),
    updated_at: rfc3339(account.createdAt),
  };
}

/** In webhooks of an organization's repository. */
export function organization(world: World, account: Account): Record<string, unknown> {
  const url = `${world.origin}/orgs/${account.login}`;
  return {
    login: account.login,
    id: account.id,
    node_id: nodeId("Organization", account.id),
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: `${world.origin}/avatars/u/${account.id}`,
    description: null,
  };
}
