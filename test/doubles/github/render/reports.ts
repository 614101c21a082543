/** Comments, check runs, statuses, refs, activity, Apps and tokens as answers have them. */
import { rfc3339 } from "../../../../operator/clock/clock.ts";
import { association } from "../actions/roles.ts";
import type { App, Installation, Token } from "../state/apps.ts";
import type { Activity, CheckRun, CommitStatus, IssueComment, Repository } from "../state/repository.ts";
import type { World } from "../state/world.ts";
import { user, userOrNull } from "./account.ts";
import { reactions } from "./pull-request.ts";
import { repository } from "./repository.ts";
import { apiUrl, htmlUrl, nodeId } from "./urls.ts";

export function comment(world: World, at: Repository, one: IssueComment): Record<string, unknown> {
  const url = apiUrl(world, at, `/issues/comments/${one.id}`);
  return {
    url,
    html_url: htmlUrl(world, at, `/pull/${one.issue}#issuecomment-${one.id}`),
    issue_url: apiUrl(world, at, `/issues/${one.issue}`),
    id: one.id,
    node_id: nodeId("IssueComment", one.id),
    user: userOrNull(world, one.user),
    created_at: rfc3339(one.createdAt),
    updated_at: rfc3339(one.updatedAt),
    author_association: association(at, one.user),
    body: one.body,
    reactions: reactions(`${url}/reactions`),
    performed_via_github_app: one.app ? integration(world, one.app) : null,
  };
}

export function checkRun(world: World, at: Repository, run: CheckRun): Record<string, unknown> {
  const url = apiUrl(world, at, `/check-runs/${run.id}`);
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("CheckRun", run.id),
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: htmlUrl(world, at, `/runs/${run.id}`),
    details_url: run.detailsUrl ?? htmlUrl(world, at, `/runs/${run.id}`),
    status: run.status,
    conclusion: run.conclusion,
    started_at: rfc3339(run.startedAt),
    completed_at: run.completedAt === null ? null : rfc3339(run.completedAt),
    output: {
      ...run.output,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: at.id },
    app: integration(world, run.app),
    pull_requests: [],
  };
}

export function status(world: World, at: Repository, one: CommitStatus): Record<string, unknown> {
  return {
    url: apiUrl(world, at, `/statuses/${one.sha}`),
    avatar_url: `${world.origin}/avatars/u/${one.creator.id}`,
    id: one.id,
    node_id: nodeId("StatusContext", one.id),
    state: one.state,
    description: one.description,
    target_url: one.targetUrl,
    context: one.context,
    created_at: rfc3339(one.createdAt),
    updated_at: rfc3339(one.createdAt),
    creator: userOrNull(world, one.creator),
  };
}

export function activity(world: World, one: Activity): Record<string, unknown> {
  return {
    id: one.id,
    node_id: nodeId("Activity", one.id),
    before: one.before,
    after: one.after,
    ref: one.ref,
    timestamp: rfc3339(one.at),
    activity_type: one.type,
    actor: userOrNull(world, one.actor),
  };
}

export function gitRef(world: World, at: Repository, ref: string, oid: string, type: string): Record<string, unknown> {
  return {
    ref,
    node_id: nodeId("Ref", at.id),
    url: apiUrl(world, at, `/git/${ref}`),
    object: { sha: oid, type, url: apiUrl(world, at, `/git/${type}s/${oid}`) },
  };
}

export function integration(world: World, app: App): Record<string, unknown> {
  return {
    id: app.id,
    client_id: app.clientId,
    slug: app.slug,
    node_id: nodeId("App", app.id),
    owner: user(world, app.owner),
    name: app.name,
    description: "",
    external_url: "https://example.invalid",
    html_url: `${world.origin}/apps/${app.slug}`,
    created_at: rfc3339(app.createdAt),
    updated_at: rfc3339(app.createdAt),
    permissions: app.permissions,
    events: app.events,
  };
}

export function installation(world: World, one: Installation): Record<string, unknown> {
  const url = `${world.origin}/app/installations/${one.id}`;
  return {
    id: one.id,
    client_id: one.app.clientId,
    account: user(world, one.account),
    repository_selection: "selected",
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${world.origin}/installation/repositories`,
    html_url: `${world.origin}/settings/installations/${one.id}`,
    app_id: one.app.id,
    app_slug: one.app.slug,
    target_id: one.account.id,
    target_type: one.account.type,
    permissions: one.permissions,
    events: one.app.events,
    created_at: rfc3339(one.createdAt),
    updated_at: rfc3339(one.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: one.suspendedAt === null ? null : rfc3339(one.suspendedAt),
  };
}

export function installationToken(world: World, token: Token): Record<string, unknown> {
  return {
    token: token.text,
    expires_at: rfc3339(token.expiresAt),
    permissions: token.permissions,
    repository_selection: "selected",
    ...(token.repositories && { repositories: [...token.repositories].map((one) => repository(world, one)) }),
  };
}
