/**
 * What the service may do on GitHub, no more than it needs, each with why. The App's manifest and the reference page are
 * generated from this table.
 * https://docs.github.com/rest/authentication/permissions-required-for-github-apps
 */

export interface Permission {
  /** As in an App's manifest. */
  readonly name: string;
  /** As GitHub's page for fine-grained tokens calls it. */
  readonly title: string;
  readonly access: "read" | "write";
  /** Who needs it. */
  readonly for: readonly ("app" | "token")[];
  readonly why: string;
}

export const permissions: readonly Permission[] = [
  {
    name: "metadata",
    title: "Metadata",
    access: "read",
    for: ["app", "token"],
    why: "Tells the repository's number, by which it is known: a name can be given to another one. GitHub adds it by itself.",
  },
  {
    name: "contents",
    title: "Contents",
    access: "write",
    for: ["app", "token"],
    why: "Fetches the objects, and reads who pushed what when. Pushes the decision log (`refs/commonhold/*`) and branches that offer a revert (`reverts/*`). It never pushes to the policy branch: protect that with a ruleset, so that it cannot.",
  },
  {
    name: "pull_requests",
    title: "Pull requests",
    access: "write",
    for: ["app", "token"],
    why: "Reads proposals, reviews, comments and who dismissed a review. Writes the one comment with the report, and opens the pull request that offers a revert. It never reviews, merges or closes.",
  },
  {
    name: "checks",
    title: "Checks",
    access: "write",
    for: ["app"],
    why: "Shows the checks `plan`, `vote` and `ratified`. Only an App can, and nobody else in its name.",
  },
  {
    name: "statuses",
    title: "Commit statuses",
    access: "write",
    for: ["token"],
    why: "Shows the statuses `commonhold/plan`, `commonhold/vote` and `commonhold/ratified`, where there is no App to show checks.",
  },
];

/** Of what webhooks tell. Each only wakes the service a little earlier than its clock would. */
export const webhookEvents: Readonly<Record<string, string>> = {
  pull_request: "A proposal was opened, pushed to, closed or merged.",
  pull_request_review: "Somebody voted, or a review was dismissed.",
  issue_comment: "Somebody abstained or took their vote back.",
  push: "The policy branch moved, or a signed ballot came.",
  repository: "The repository was renamed, transferred or deleted.",
};
