/**
 * The service for tests, whatever the forge: its passes by a clock that only the test moves, and a rollout that makes nothing true but
 * notes what it was told to.
 */
import { join } from "node:path";
import { pino } from "pino";
import type { ManualClock } from "../../../operator/clock/manual.ts";
import { ratifiedDocuments } from "../../evidence/documents-at.ts";
import type { Forge } from "../../forges/forge.ts";
import type { GitRepository, Oid } from "../../git/repository.ts";
import type { DecisionLog } from "../../log/decision-log.ts";
import type { DecisionRecord } from "../../log/record.ts";
import type { Rollout, RolloutOutcome, Target } from "../../rollout/rollout.ts";
import { openJournal } from "../../sightings/journal.ts";
import { isOver } from "../../verification/cursor.ts";
import { lastRatified } from "../../verification/ratified.ts";
import type { Governance } from "../governance.ts";
import { createJudging } from "../judging.ts";
import { MemberView } from "../member-view.ts";
import { type Passed, runPass } from "../pass.ts";
import { createPolicies } from "../policies.ts";
import { type MemoryLog, memoryLog } from "./memory-log.fixture.ts";
import { day } from "./policy.fixture.ts";

export interface Service<L extends DecisionLog = DecisionLog> {
  readonly clock: ManualClock;
  /** The service's own repository. */
  readonly local: GitRepository;
  readonly genesis: Oid;
  readonly log: L;
  /** What the rollout was told to make true, the latest last. */
  readonly targets: Target[];
  readonly governance: Governance;
  /** `isWoken`: whether a notice has come since it began. */
  pass(isWoken?: () => boolean): Promise<Passed>;
  /** Passes as often as the service asks for until that much time went by. */
  live(ms: number): Promise<Passed>;
  kinds(): string[];
  last<K extends DecisionRecord["kind"]>(kind: K): RecordOf<K> | undefined;
}

export type RecordOf<K extends DecisionRecord["kind"]> = DecisionRecord & { readonly kind: K };

/** What a forge has to be told of members and decisions. */
export interface ForgeNeeds {
  readonly isMember: (id: number) => boolean;
  readonly isMemberKey: (key: string) => boolean;
  readonly isDecided: (proposal: string) => boolean;
}

export interface ServiceOptions<L extends DecisionLog> {
  /** Its own; the journal lies there. */
  readonly folder: string;
  readonly clock: ManualClock;
  readonly local: GitRepository;
  readonly genesis: Oid;
  readonly identity: string;
  readonly log: L;
  readonly forge: (needs: ForgeNeeds) => Forge;
  readonly outcome?: ((target: Target) => RolloutOutcome) | undefined;
  /** What differs from a service that has no cluster. */
  readonly governance?: Partial<Governance>;
  /** Ends its passes. */
  readonly signal?: AbortSignal;
}

export async function startService<L extends DecisionLog>(options: ServiceOptions<L>): Promise<Service<L>> {
  const { folder, clock, local, genesis, identity, log } = options;
  const members = new MemberView();
  const targets: Target[] = [];
  const governance: Governance = {
    identity,
    branchRef: "refs/policy/heads/main",
    repository: local,
    forge: options.forge({
      isMember: (id) => members.hasAccount(id),
      isMemberKey: (key) => members.hasKey(key),
      isDecided: (id) => isOver(log.records, id),
    }),
    log,
    journal: await openJournal(join(folder, "sightings.jsonl")),
    policies: createPolicies(local, ["community"]),
    plan: async () => ({ problems: [], objects: [], capacity: [], models: [] }),
    rollout: notingRollout(targets, options.outcome),
    judging: createJudging({ clock }),
    mirror: async () => undefined,
    publish: async () => undefined,
    ledgerRoots: async () => [],
    references: async () => [],
    clock,
    logger: pino({ level: "silent" }),
    limits: { settleMs: 0, pollMs: 2 * day },
    ...options.governance,
  };
  const { signal = new AbortController().signal } = options;
  const service: Service<L> = {
    ...{ clock, local, genesis, log, targets, governance },
    async pass(isWoken) {
      await members.refresh(local, lastRatified(log.records).commit, signal);
      return runPass(governance, signal, isWoken);
    },
    async live(ms) {
      const end = clock.now() + ms;
      let passed = await service.pass();
      while (clock.now() < end) {
        await clock.advance(Math.max(1, Math.min(end, passed.wakeAt) - clock.now()));
        passed = await service.pass();
      }
      return passed;
    },
    kinds: () => log.records.map(({ record }) => record.kind),
    last: (kind) => log.records.findLast(({ record }) => record.kind === kind)?.record as never,
  };
  return service;
}

function notingRollout(
  targets: Target[],
  outcome: (target: Target) => RolloutOutcome = () => ({ state: "applied", receipts: [], unchanged: 0 }),
): Rollout {
  return {
    async advance(target) {
      targets.push(target);
      return outcome(target);
    },
    changed: () => new Promise(() => undefined),
    run: async () => undefined,
  };
}

/** A log in memory that begins with a commit. */
export async function logFrom(
  repository: GitRepository,
  genesis: Oid,
  identity: string,
  at: number,
): Promise<MemoryLog> {
  const [documents, commit] = await Promise.all([ratifiedDocuments(repository, genesis), repository.commit(genesis)]);
  return memoryLog({
    ...{ kind: "genesis", format: 1, at, repository: identity, commit: genesis, tree: commit?.tree ?? "" },
    constitution: documents.constitution.digest,
    members: documents.members.digest,
    origin: "commonhold.example/log",
    logKey: "commonhold.example/log+00000000+AQ",
  });
}
