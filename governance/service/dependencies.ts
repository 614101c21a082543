/** What a process of the service is given, and what its parts share. */
import type { Logger } from "pino";
import type { Clock } from "../../operator/clock/clock.ts";
import type { Random } from "../../operator/clock/system.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import type { GitRepository } from "../git/repository.ts";
import type { OpenedLog } from "../log/open-log.ts";
import type { Settings } from "../settings.ts";
import type { GovernanceMetrics } from "./metrics.ts";

export interface GovernanceDependencies {
  readonly settings: Settings;
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly randomBytes: (bytes: number) => Uint8Array;
  readonly logger: Logger;
  /** Unique among the processes that may lead. */
  readonly identity: string;
  /** What git may see of the environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly fetch: typeof fetch;
}

/** What the parts of one process share. */
export interface Shared {
  readonly repository: GitRepository;
  readonly metrics: GovernanceMetrics;
  readonly now: { log?: OpenedLog; leader?: string | undefined; hasPassed: boolean; wake: () => void };
}
