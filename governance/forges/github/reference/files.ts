/** The files that are generated from the table of permissions: path from the repository's root to content. */
import { webhookPath } from "../../../webhooks/github-webhooks.ts";
import { type Permission, permissions, webhookEvents } from "../permissions.ts";
import { checkNames } from "../report/reporter.ts";

export function generatedGitHubFiles(): Map<string, string> {
  return new Map([
    ["docs/reference/github-permissions.md", permissionsPage()],
    ["manifests/github-app.json", jsonFile(appManifest())],
  ]);
}

/** As the formatter writes it: short lists in one line. */
function jsonFile(content: object): string {
  const text = JSON.stringify(content, undefined, 2);
  const list = /\[\n\s+([^[\]{}]*?)\n\s+\]/g;
  return `${text.replace(list, (_, items: string) => `[${items.replace(/,\n\s+/g, ", ")}]`)}\n`;
}

/** https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest */
function appManifest(): object {
  const own = permissions.filter((permission) => permission.for.includes("app"));
  return {
    name: "commonhold-YOUR-COMMUNITY",
    url: "https://commonhold.example",
    description: "Shows how proposals to the policy repository stand, and applies what the community ratified.",
    hook_attributes: { url: `https://commonhold.example${webhookPath}`, active: true },
    public: false,
    default_permissions: Object.fromEntries(own.map(({ name, access }) => [name, access])),
    default_events: Object.keys(webhookEvents),
  };
}

function permissionsPage(): string {
  return `# Permissions on GitHub

Generated from \`governance/forges/github/permissions.ts\` by \`npm run generate\`. Do not edit.

The governance service needs these on the policy repository and on no other. [The guide](../guides/github.md) says how to give them.

| Permission | Access | GitHub App | Token | Why |
| --- | --- | --- | --- | --- |
${permissions.map(permissionRow).join("")}
## Webhooks

Not needed: without them the service asks at intervals. An App sends them, signed, to \`${webhookPath}\`.

| Event | What it may mean |
| --- | --- |
${Object.entries(webhookEvents)
  .map(([event, meaning]) => `| \`${event}\` | ${meaning} |\n`)
  .join("")}
## What it shows

| As an App (check run) | With a token (commit status) | On |
| --- | --- | --- |
${[
  [checkNames.plan, "the head of a proposal: what would change, and what is wrong with it"],
  [checkNames.vote, "the head of a proposal: how the vote stands, and what is missing"],
  [checkNames.commit, "commits of the policy branch: whether they are ratified"],
]
  .map(([name, on]) => `| \`${name}\` | \`commonhold/${name}\` | ${on} |\n`)
  .join("")}`;
}

function permissionRow({ name, title, access, for: who, why }: Permission): string {
  const mark = (mode: "app" | "token"): string => (who.includes(mode) ? "yes" : "no");
  return `| ${title} (\`${name}\`) | ${access} | ${mark("app")} | ${mark("token")} | ${why} |\n`;
}
