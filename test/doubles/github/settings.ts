/** What a double starts with. */
import type { Clock } from "../../../operator/clock/clock.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import { defaultLimits, type LimitSettings } from "./api/limits.ts";
import type { FileChanges } from "./git/files.ts";
import type { Permissions } from "./state/apps.ts";
import type { Role } from "./state/repository.ts";

export interface GitHubDoubleSettings {
  readonly clock: Clock;
  /** An organization. */
  readonly owner: string;
  readonly repository: string;
  readonly visibility: "public" | "private";
  readonly defaultBranch: string;
  /** Of the first commit. */
  readonly files: FileChanges;
  /** Logins, with their role in the repository; undefined: none. */
  readonly users: Readonly<Record<string, Role | undefined>>;
  /** Of the App's installation; `metadata: read` comes with any. */
  readonly permissions: Permissions;
  readonly limits: LimitSettings;
  /** Webhooks are signed with it. */
  readonly webhookSecret: string;
}

export function defaultSettings(): GitHubDoubleSettings {
  return {
    clock: systemClock,
    owner: "community",
    repository: "policy",
    visibility: "public",
    defaultBranch: "main",
    files: { "README.md": "What we decided.\n" },
    users: { alice: "write", bob: "write", carol: "read", root: "admin" },
    permissions: {
      checks: "write",
      contents: "write",
      issues: "write",
      metadata: "read",
      pull_requests: "write",
      statuses: "write",
    },
    limits: defaultLimits,
    webhookSecret: "It's a Secret to Everybody",
  };
}
