/** The governance service as a process in the world, and what it shows in the cluster. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { RunningService } from "../../cli/up/community/services.ts";
import { decisionName } from "../../governance/mirror/entries.ts";
import { type Decision, type DecisionState, decisions } from "../../operator/apis/decision.ts";
import { governanceService } from "../../operator/apis/permissions.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import type { World } from "./world.ts";

const deadlineMs = 200_000;

export interface GovernanceProcess {
  readonly url: string;
  /** Its folder: repository, keys, sightings. */
  readonly state: string;
  /** Ends it as an installation would, and starts it with other settings over the same folder. */
  restart(settings: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<unknown>;
  start(settings: Readonly<Record<string, string>>): Promise<void>;
}

/** Resolves when it leads, has its log open and has looked once. `settings`: beside those that every one has. */
export async function startGovernance(
  world: World,
  settings: Readonly<Record<string, string>>,
): Promise<GovernanceProcess> {
  const state = join(scratchDirectory("e2e-governance"), "state");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const fixed = {
    COMMONHOLD_GOVERNANCE_PORT: "0",
    COMMONHOLD_GOVERNANCE_STATE: state,
    COMMONHOLD_GOVERNED_NAMESPACES: world.namespace,
    // Witnesses and registry, all on this machine.
    COMMONHOLD_ALLOWED_ADDRESSES: "127.0.0.0/8",
  };
  const process = (more: Readonly<Record<string, string>>): Promise<RunningService> =>
    world.startService(governanceService, { entry: "governance/main.js", env: { ...fixed, ...more } });
  let running = await process(settings);
  const stop = (): Promise<unknown> => running.stop();
  const start = async (more: Readonly<Record<string, string>>): Promise<void> => {
    running = await process(more);
  };
  return {
    ...{ state, stop, start },
    get url() {
      return running.url;
    },
    restart: async (more) => {
      await stop();
      await start(more);
    },
  };
}

export interface Subject {
  readonly proposal?: string;
  readonly commit?: string;
}

/** Resolves once the Decision is in one of the states; at the deadline fails with its whole status. */
export async function decisionUntil(
  world: World,
  subject: Subject,
  ...states: readonly DecisionState[]
): Promise<Decision> {
  const name = decisionName(subject);
  let last: Decision | undefined;
  try {
    await expect
      .poll(
        async () => {
          last = await world.client.get<Decision>(decisions, { name });
          return last?.status?.state;
        },
        { timeout: deadlineMs, interval: 100 },
      )
      .toSatisfy((state) => states.includes(state));
  } catch (cause) {
    const shown = JSON.stringify(last?.status, null, 1);
    throw new Error(`Decision ${name} did not become ${states.join(" or ")}: ${shown}`, { cause });
  }
  return last as Decision;
}
