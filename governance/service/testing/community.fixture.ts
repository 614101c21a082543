/**
 * A community for tests: three people with keys, a policy repository that is a real bare one, and the service's passes over it, by a
 * clock that only the test moves. What they do is done to git objects, with none of the service's code for reading them.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { createGitForge } from "../../forges/git/git-forge.ts";
import { openRepository } from "../../git/open.ts";
import type { GitRepository } from "../../git/repository.ts";
import type { RolloutOutcome, Target } from "../../rollout/rollout.ts";
import { bytes, type Hands, handsOn } from "./hands.fixture.ts";
import type { MemoryLog } from "./memory-log.fixture.ts";
import { type Files, genesisFiles } from "./policy.fixture.ts";
import { logFrom, type Service, startService } from "./service.fixture.ts";

export type * from "./hands.fixture.ts";
export * from "./policy.fixture.ts";

export interface Community extends Service<MemoryLog>, Hands {
  discard(): Promise<void>;
}

export interface CommunityOptions {
  readonly files?: Files;
  readonly start?: number;
  readonly outcome?: (target: Target) => RolloutOutcome;
}

export async function startCommunity(options: CommunityOptions = {}): Promise<Community> {
  const folder = mkdtempSync(join(tmpdir(), "community-"));
  const environment = { PATH: process.env["PATH"], HOME: folder };
  const clock = new ManualClock(options.start ?? Date.UTC(2026, 0, 10));
  const [remote, local] = (await Promise.all(
    ["remote.git", "local.git"].map((name) => openRepository({ path: join(folder, name), environment })),
  )) as [GitRepository, GitRepository];
  const at = (): number => clock.now();
  const genesisTree = await remote.writeTree(undefined, bytes(options.files ?? genesisFiles));
  const genesis = await remote.writeCommit({ tree: genesisTree, parents: [], message: "genesis", at: at() });
  await remote.updateRef("refs/heads/main", genesis);
  await local.fetch({ url: remote.path }, ["+refs/heads/*:refs/policy/heads/*"]);

  const identity = `git:${genesis}`;
  const log = await logFrom(local, genesis, identity, at());
  const service = await startService({
    ...{ folder, clock, local, genesis, identity, log, outcome: options.outcome },
    forge: (needs) => createGitForge({ repository: local, remote: { url: remote.path }, genesis, clock, ...needs }),
  });

  return {
    ...service,
    ...handsOn({ remote, genesis, clock, log }),
    async discard() {
      await Promise.all([remote.close(), local.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
