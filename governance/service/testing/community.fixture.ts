/**
 * A community for tests: three people with keys, a policy repository that is a real bare one, and the service's passes over it, by a
 * clock that only the test moves. What they do is done to git objects, with none of the service's code for reading them.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { ManualClock } from "../../../operator/clock/manual.ts";
import type { Choice } from "../../constitution/snapshot.ts";
import { ratifiedDocuments } from "../../evidence/documents-at.ts";
import { planDigest } from "../../evidence/plan-digest.ts";
import { ballotTagName, formatBallot } from "../../forges/git/ballot.ts";
import { closingTagName, formatClosing } from "../../forges/git/closing.ts";
import { createGitForge } from "../../forges/git/git-forge.ts";
import { proposalIdOf, remoteRefs } from "../../forges/git/names.ts";
import { formatOpening, openingTagName } from "../../forges/git/opening.ts";
import { openRepository } from "../../git/open.ts";
import type { GitRepository, Oid, Signer } from "../../git/repository.ts";
import type { DecisionRecord } from "../../log/record.ts";
import type { Rollout, RolloutOutcome, Target } from "../../rollout/rollout.ts";
import { openJournal } from "../../sightings/journal.ts";
import { ed25519Signer } from "../../signatures/ed25519-signer.ts";
import { lastRatified } from "../../verification/ratified.ts";
import type { Governance } from "../governance.ts";
import { type Passed, runPass } from "../pass.ts";
import { createPolicies } from "../policies.ts";
import { type MemoryLog, memoryLog } from "./memory-log.fixture.ts";

export const second = 1_000;
export const minute = 60 * second;
export const hour = 60 * minute;
export const day = 24 * hour;

export type Name = "alice" | "bob" | "carol" | "mallory";
export const keys: Readonly<Record<Name, Signer>> = {
  alice: ed25519Signer(Buffer.alloc(32, 1)),
  bob: ed25519Signer(Buffer.alloc(32, 2)),
  carol: ed25519Signer(Buffer.alloc(32, 3)),
  mallory: ed25519Signer(Buffer.alloc(32, 4)),
};

export type Files = Readonly<Record<string, string | undefined>>;

export const constitutionText = `format: 1
version: 1
community: Three Friends
classes:
  - name: routine
    paths: [models/*.yaml]
    period: {min: 1h, max: 7d}
    quorum: {atLeast: 2}
    pass: {yesShareOfCast: 1/2}
    timelock: 1h
  - name: owner-bound
    paths: ["hosts/{machine}.yaml"]
    period: {min: 1h, max: 7d}
    quorum: {atLeast: 2}
    pass: {yesShareOfCast: 1/2}
    timelock: 1h
    requires: {owner: true}
    veto: {owner: true}
  - name: policy
    paths: [routes/*.yaml, providers/*.yaml]
    period: {min: 2h, max: 7d}
    quorum: {atLeast: 2}
    pass: {yesShareOfCast: 2/3}
    timelock: 24h
  - name: constitutional
    paths: [constitution.yaml, members.yaml]
    period: {min: 24h, max: 14d}
    quorum: {formula: ceil(2 * n / 3)}
    pass: {yesShareOfCast: 2/3}
    timelock: 72h
    ballots: signed
defaultClass: policy
membership: {subjectMayNotVote: true, maxRemovalFraction: 1/3, minMembers: 2}
emergency: {signers: 2, may: [suspend, scaleToZero, revokeMember, pinPrevious], expires: 72h}
`;

export function membersText(...more: readonly string[]): string {
  const member = (number: number, name: Name, rest: string): string =>
    `  - {number: ${number}, name: ${name}, sshKeys: ["${keys[name].publicKey}"], roles: [member], affiliation: ${name}s, joined: 2026-01-01${rest}}\n`;
  return `format: 1
members:
${member(1, "alice", ", machines: [tower]")}${member(2, "bob", "")}${member(3, "carol", "")}${more.join("")}`;
}

export function modelText(name: string, replicas = 1, reference = "smollm2:135m"): string {
  return `apiVersion: commonhold.dev/v1alpha1
kind: ModelDeployment
metadata:
  name: ${name}
  namespace: community
spec:
  model: {ollama: "${reference}"}
  replicas: ${replicas}
`;
}

export function hostText(name: string, owner: string, pause = false): string {
  return `apiVersion: commonhold.dev/v1alpha1
kind: ModelHost
metadata: {name: ${name}}
spec:
  owner: ${owner}
  endpoint: {direct: {url: "https://${name}.example:11434"}}
  hardware: {memory: 24Gi}
  pause: ${pause}
`;
}

export const genesisFiles: Files = {
  "constitution.yaml": constitutionText,
  "members.yaml": membersText(),
  "models/smollm2.yaml": modelText("smollm2"),
  "hosts/tower.yaml": hostText("tower", "alice"),
};

export interface ProposalHandle {
  readonly id: string;
  readonly opening: Oid;
  head: Oid;
}

export interface Community {
  readonly clock: ManualClock;
  /** The remote, as anybody with the right to push has it. */
  readonly remote: GitRepository;
  /** The service's own. */
  readonly local: GitRepository;
  readonly genesis: Oid;
  readonly log: MemoryLog;
  /** What the rollout was told to make true, the latest last. */
  readonly targets: Target[];
  readonly governance: Governance;
  main(): Promise<Oid>;
  /** A commit above `base` (the branch's head) with some files changed. */
  commit(files: Files, options?: { by?: Name; base?: Oid; parents?: readonly Oid[] }): Promise<Oid>;
  /** Moves the policy branch without asking anybody. */
  push(commit: Oid): Promise<void>;
  propose(by: Name, files: Files, options?: ProposeOptions): Promise<ProposalHandle>;
  /** Moves a proposal's branch. */
  amend(proposal: ProposalHandle, by: Name, files: Files): Promise<void>;
  vote(by: Name, proposal: ProposalHandle, choice: Choice, options?: VoteOptions): Promise<Oid>;
  close(by: Name, proposal: ProposalHandle): Promise<void>;
  merge(proposal: ProposalHandle, options?: MergeOptions): Promise<Oid>;
  pass(): Promise<Passed>;
  /** Passes as often as the service asks for until that much time went by. */
  live(ms: number): Promise<Passed>;
  kinds(): string[];
  last<K extends DecisionRecord["kind"]>(kind: K): RecordOf<K> | undefined;
  discard(): Promise<void>;
}

type RecordOf<K extends DecisionRecord["kind"]> = DecisionRecord & { readonly kind: K };

export interface ProposeOptions {
  readonly emergency?: boolean;
  readonly base?: Oid;
  readonly title?: string;
}

export interface VoteOptions {
  readonly emergency?: boolean;
  /** Bends what is signed. */
  readonly head?: Oid;
  readonly plan?: string;
  readonly proposalId?: string;
  readonly replaces?: readonly string[];
}

export interface MergeOptions {
  readonly method?: "merge" | "squash" | "rebase";
  readonly by?: Name;
  /** In place of the tree that the merge makes. */
  readonly tree?: Oid;
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
  const bytes = (files: Files) =>
    Object.fromEntries(
      Object.entries(files).map(([path, text]) => [path, text === undefined ? undefined : Buffer.from(text)]),
    );
  const at = (): number => clock.now();
  const genesisTree = await remote.writeTree(undefined, bytes(options.files ?? genesisFiles));
  const genesis = await remote.writeCommit({ tree: genesisTree, parents: [], message: "genesis", at: at() });
  await remote.updateRef("refs/heads/main", genesis);
  await local.fetch({ url: remote.path }, ["+refs/heads/*:refs/policy/heads/*"]);

  const documents = await ratifiedDocuments(local, genesis);
  const log = memoryLog({
    ...{ kind: "genesis", format: 1, at: at(), repository: `git:${genesis}`, commit: genesis, tree: genesisTree },
    constitution: documents.constitution.digest,
    members: documents.members.digest,
    origin: "commonhold.example/log",
    logKey: "commonhold.example/log+00000000+AQ",
  });
  const targets: Target[] = [];
  const outcome = options.outcome ?? (() => ({ state: "applied", receipts: [], unchanged: 0 }) as const);
  const rollout: Rollout = {
    async advance(target) {
      targets.push(target);
      return outcome(target);
    },
    changed: () => new Promise(() => undefined),
    run: async () => undefined,
  };
  let memberKeys = new Set<string>();
  const refresh = async (): Promise<void> => {
    const { members } = await ratifiedDocuments(local, lastRatified(log.records).commit);
    memberKeys = new Set(members.value.members.flatMap(({ sshKeys }) => sshKeys));
  };
  const governance: Governance = {
    identity: `git:${genesis}`,
    branchRef: "refs/policy/heads/main",
    repository: local,
    forge: createGitForge({
      ...{ repository: local, remote: { url: remote.path }, genesis, clock },
      isMemberKey: (key) => memberKeys.has(key),
      isDecided: (id) => log.records.some(({ record }) => isEnding(record, id)),
    }),
    log,
    journal: await openJournal(join(folder, "sightings.jsonl")),
    policies: createPolicies(local, ["community"]),
    plan: async () => ({ problems: [], objects: [], capacity: [], models: [] }),
    rollout,
    mirror: async () => undefined,
    publish: async () => undefined,
    ledgerRoots: async () => [],
    references: async () => [],
    clock,
    logger: pino({ level: "silent" }),
    limits: { settleMs: 0, pollMs: 2 * day },
  };

  const main = async (): Promise<Oid> => (await remote.resolve("refs/heads/main")) as Oid;
  const treeOf = async (oid: Oid): Promise<Oid> => (await remote.commit(oid))?.tree as Oid;
  const commit: Community["commit"] = async (files, { by, base, parents } = {}) => {
    const parent = base ?? (await main());
    const tree = await remote.writeTree(await treeOf(parent), bytes(files));
    const signer = by && keys[by];
    return remote.writeCommit({
      tree,
      parents: parents ?? [parent],
      message: "change",
      at: at(),
      ...(signer && { signer }),
    });
  };
  const push = (oid: Oid): Promise<void> => remote.updateRef("refs/heads/main", oid);
  const tag = (by: Name, name: string, object: Oid, message: string): Promise<Oid> =>
    remote.writeTag({ object, name, message, at: at(), signer: keys[by] });
  const mergedTree = async (ours: Oid, theirs: Oid): Promise<Oid> => {
    const merged = await remote.mergeTree(ours, theirs);
    if (!merged.ok) throw new Error(`conflicts in ${merged.conflicts.join(", ")}`);
    return merged.tree;
  };

  const community: Community = {
    ...{ clock, remote, local, genesis, log, targets, governance, main, commit, push },
    async propose(by, files, { emergency = false, base, title = "a change" } = {}) {
      const from = base ?? (await main());
      const head = await commit(files, { by, base: from });
      const opening = await tag(
        by,
        openingTagName,
        head,
        formatOpening({ repository: `git:${genesis}`, base: from, head, emergency, title }),
      );
      await remote.updateRef(remoteRefs.opening(opening), opening);
      await remote.updateRef(remoteRefs.head(opening), head);
      return { id: proposalIdOf(genesis, opening), opening, head };
    },
    async amend(proposal, by, files) {
      proposal.head = await commit(files, { by, base: proposal.head });
      await remote.updateRef(remoteRefs.head(proposal.opening), proposal.head);
    },
    async vote(
      by,
      proposal,
      choice,
      { emergency = false, head = proposal.head, plan, proposalId = proposal.id, replaces = [] } = {},
    ) {
      const ratified = lastRatified(log.records);
      const now = plan ?? planDigest(await remote.diff(ratified.tree, await mergedTree(await main(), head)));
      const message = formatBallot({ proposal: proposalId, choice, head, plan: now, emergency, replaces });
      const oid = await tag(by, ballotTagName, head, message);
      await remote.updateRef(remoteRefs.ballot(proposal.opening, oid), oid);
      return oid;
    },
    async close(by, proposal) {
      const oid = await tag(by, closingTagName, proposal.head, formatClosing({ proposal: proposal.id }));
      await remote.updateRef(remoteRefs.closing(proposal.opening, oid), oid);
    },
    async merge(proposal, { method = "merge", by, tree } = {}) {
      const base = await main();
      const content = tree ?? (await mergedTree(base, proposal.head));
      const signer = by && keys[by];
      const signed = { at: at(), ...(signer && { signer }) };
      const trailer = `merge\n\nCommonhold-Proposal: ${proposal.id}\n`;
      if (method === "rebase") return rebase(proposal, base);
      const parents = method === "merge" ? [base, proposal.head] : [base];
      const oid = await remote.writeCommit({ tree: content, parents, message: trailer, ...signed });
      await push(oid);
      return oid;
    },
    async pass() {
      await refresh();
      return runPass(governance, new AbortController().signal);
    },
    async live(ms) {
      const end = clock.now() + ms;
      let passed = await community.pass();
      while (clock.now() < end) {
        await clock.advance(Math.max(1, Math.min(end, passed.wakeAt) - clock.now()));
        passed = await community.pass();
      }
      return passed;
    },
    kinds: () => log.records.map(({ record }) => record.kind),
    last: (kind) => log.records.findLast(({ record }) => record.kind === kind)?.record as never,
    async discard() {
      await Promise.all([remote.close(), local.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };

  async function rebase(proposal: ProposalHandle, onto: Oid): Promise<Oid> {
    const fork = (await remote.mergeBase(onto, proposal.head)) as Oid;
    let tip = onto;
    let previous = fork;
    const commits = await remote.range(fork, proposal.head);
    for (const [index, oid] of commits.entries()) {
      const step = await remote.diff(previous, oid);
      const files = await Promise.all(
        step.map(async ({ path, after }) => [path, after && (await remote.blob(after.oid))] as const),
      );
      const tree = await remote.writeTree(await treeOf(tip), Object.fromEntries(files));
      const trailer = index === commits.length - 1 ? `\n\nCommonhold-Proposal: ${proposal.id}\n` : "\n";
      tip = await remote.writeCommit({ tree, parents: [tip], message: `step ${index}${trailer}`, at: at() });
      previous = oid;
    }
    await push(tip);
    return tip;
  }
  return community;
}

function isEnding(record: DecisionRecord, id: string): boolean {
  const endings = ["ratified", "rejected", "vetoed", "expired", "closed"];
  return endings.includes(record.kind) && "proposal" in record && record.proposal === id;
}
