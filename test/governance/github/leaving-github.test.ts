/**
 * GitHub is gone for good. The community goes on in plain git from what it has itself: the service's repository pushed to a bare one, the
 * same log, the same keys of its members. Nothing that was decided or counted there is lost, and nothing has to be begun anew.
 */

import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ratifiedDocuments } from "../../../governance/evidence/documents-at.ts";
import { createGitForge } from "../../../governance/forges/git/git-forge.ts";
import { fetchRefspecs } from "../../../governance/forges/git/names.ts";
import { openRepository } from "../../../governance/git/open.ts";
import type { GitRepository, Oid } from "../../../governance/git/repository.ts";
import { createLog, type OpenedLog, openDecisionLog } from "../../../governance/log/open-log.ts";
import { fetchedLogRef, logRef } from "../../../governance/log/remote-log.ts";
import { verifyLog } from "../../../governance/log/verify-log.ts";
import { createPublisher } from "../../../governance/service/publish.ts";
import { type Hands, handsOn } from "../../../governance/service/testing/hands.fixture.ts";
import { day, hostText, hour, minute, modelText } from "../../../governance/service/testing/policy.fixture.ts";
import { type Service, startService } from "../../../governance/service/testing/service.fixture.ts";
import { ed25519Signer } from "../../../governance/signatures/ed25519-signer.ts";
import type { ManualClock } from "../../../operator/clock/manual.ts";
import { privateNoteKey } from "../../../operator/tlog/note/key.ts";
import { disagreements } from "../replayed.ts";
import { type GitHubCommunity, startGitHubCommunity } from "./github-community.fixture.ts";

// Git and a server take a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const origin = "commonhold.example/log";
const logKeys = [privateNoteKey(origin, 1, Buffer.alloc(32, 21))] as const;
const signer = ed25519Signer(Buffer.alloc(32, 22));
const two = { "models/smollm2.yaml": modelText("smollm2", 2) };
const paused = { "hosts/tower.yaml": hostText("tower", "alice", true) };

let before: GitHubCommunity;
const opened: GitRepository[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((repository) => repository.close()));
  await before.discard();
});

async function beginLog(local: GitRepository, commit: Oid, repository: string, clock: ManualClock): Promise<OpenedLog> {
  const { constitution, members } = await ratifiedDocuments(local, commit);
  const tree = (await local.commit(commit))?.tree ?? "";
  const digests = { constitution: constitution.digest, members: members.digest };
  return createLog(
    { repository: local, origin, clock, logKeys, signer },
    { at: clock.now(), repository, commit, tree, ...digests },
  );
}

/** As the service publishes; the pins of a cluster are not looked at here. */
function publishing(service: Service): void {
  const { forge, repository } = service.governance;
  const pins = { read: async () => undefined, write: async () => undefined };
  Object.assign(service.governance, {
    publish: createPublisher({ repository, forge, log: service.log as OpenedLog, pins }),
  });
}

async function onGitHub(): Promise<void> {
  before = await startGitHubCommunity({ log: beginLog });
  publishing(before);
  await before.pass();
}

/** As docs/guides/github.md says it. */
const pushed = [
  "refs/policy/heads/*:refs/heads/*",
  `${logRef}:${logRef}`,
  "refs/policy/pull/*:refs/heads/pull-requests/*",
  "refs/policy/commonhold/ballots/*:refs/commonhold/ballots/*",
  "refs/commonhold/kept/*:refs/commonhold/kept/*",
];

/** What somebody does with the service's folder: one push, and a service that has another address. */
async function inPlainGit(): Promise<Service<OpenedLog> & Hands> {
  const { clock, local, genesis, folder } = before;
  await before.double.stop();
  const environment = { PATH: process.env["PATH"], HOME: folder };
  const remote = await openRepository({ path: join(folder, "remote.git"), environment });
  opened.push(remote);
  await local.push({ url: remote.path }, pushed);
  const log = await openDecisionLog({ repository: local, origin, clock, logKeys, signer });
  const service = await startService({
    ...{ folder, clock, local, genesis, log, identity: `git:${genesis}` },
    forge: (needs) => createGitForge({ repository: local, remote: { url: remote.path }, genesis, clock, ...needs }),
  });
  publishing(service);
  return { ...service, ...handsOn({ remote, genesis, clock, log }) };
}

/** From the last record back to the genesis that was made for GitHub, as anybody with a clone of the new place sees it. */
async function expectUnbroken({ remote, log, genesis }: Service<OpenedLog> & Hands): Promise<void> {
  const environment = { PATH: process.env["PATH"], HOME: before.folder };
  const clone = await openRepository({ path: join(before.folder, "clone.git"), environment });
  opened.push(clone);
  await clone.fetch({ url: remote.path }, fetchRefspecs);
  const tip = (await clone.resolve(fetchedLogRef)) ?? "";
  const trust = { origin, keys: logKeys, genesisDigest: log.genesisDigest, minimum: log.head };
  const verified = await verifyLog(clone, tip, trust);
  expect(verified.size).toBe(log.records.length);
  expect(await disagreements({ log, local: clone })).toEqual([]);
  expect(verified.records[0]?.record).toMatchObject({
    kind: "genesis",
    repository: before.governance.identity,
    commit: genesis,
  });
}

describe("a community that GitHub has left", () => {
  test("goes on in plain git: what was ratified is kept, what waits is applied, and members decide by their keys", async () => {
    await onGitHub();
    const proposal = await before.propose("alice", two);
    await before.vote("bob", proposal, "yes");
    await before.clock.advance(hour);
    await before.pass();
    const merge = await before.merge(proposal);
    await before.pass();
    expect(before.last("ratified")?.proposal).toBe(proposal.id);
    await before.double.goDown();
    await before.clock.advance(30 * minute);
    expect((await before.pass()).view.troubles).toMatchObject([{ code: "ForgeUnreachable", isTransient: true }]);

    const now = await inPlainGit();
    expect((await now.pass()).view.troubles).toEqual([]);
    expect(now.kinds()).toEqual(before.kinds());
    await now.clock.advance(30 * minute);
    await now.pass();
    expect(now.targets.at(-1)?.commit).toBe(merge);

    const next = await now.propose("carol", { "models/second.yaml": modelText("second") });
    await now.vote("alice", next, "yes");
    await now.live(hour);
    const second = await now.merge(next);
    await now.live(hour);
    expect(now.last("ratified")).toMatchObject({ proposal: next.id, merge: { commit: second }, from: merge });
    expect(now.targets.at(-1)?.commit).toBe(second);
    expect(now.kinds()).toEqual([
      ...["genesis", "applied", "opened", "ratified", "applied"],
      ...["opened", "ratified", "applied"],
    ]);
    await expectUnbroken(now);
  });

  test("keeps an emergency that was called there, until its time is over", async () => {
    await onGitHub();
    const emergency = await before.propose("bob", paused, { emergency: true });
    for (const voter of ["bob", "carol"] as const) await before.vote(voter, emergency, "yes", { emergency: true });
    await before.pass();
    expect(before.targets.at(-1)?.overlays).toHaveLength(1);

    const now = await inPlainGit();
    await now.pass();
    expect(now.targets.at(-1)?.overlays).toHaveLength(1);
    await now.clock.advance(3 * day);
    await now.pass();
    expect(now.last("emergencyEnded")).toMatchObject({ proposal: emergency.id, cause: "expired" });
    expect(now.targets.at(-1)?.overlays).toEqual([]);
    await expectUnbroken(now);
  });

  test("can recompute everything from a clone, also what was rejected there, and by ballots that somebody had deleted there", async () => {
    await onGitHub();
    const proposal = await before.propose("alice", two);
    for (const voter of ["bob", "carol"] as const) await before.vote(voter, proposal, "no", { signed: true });
    await before.pass();
    for (const { name } of await before.remote.refs("refs/commonhold/ballots/")) await before.remote.deleteRef(name);
    await before.clock.advance(8 * day);
    await before.pass();
    expect(before.last("rejected")).toMatchObject({ tally: { yes: 1, no: 2 } });
    const now = await inPlainGit();
    await now.pass();
    await expectUnbroken(now);
  });

  test("opens an open vote again: no vote that was cast on GitHub counts for it", async () => {
    await onGitHub();
    const waiting = await before.propose("alice", two);
    await before.vote("bob", waiting, "yes");
    await before.pass();

    const now = await inPlainGit();
    const again = await now.propose("alice", two);
    await now.live(2 * hour);
    const { view } = await now.pass();
    expect(view.open.map((one) => [one.proposal.id, one.verdict?.tally.yes])).toEqual([[again.id, 1]]);
    await now.merge(again);
    await now.pass();
    expect(now.last("unratified")).toMatchObject({ code: "NotPassed", proposal: again.id });
    expect(now.targets.every(({ commit }) => commit === now.genesis)).toBe(true);
    expect(await disagreements(now)).toEqual([]);
  });

  test("holds a push to the new place that nobody voted for, as it did before", async () => {
    await onGitHub();
    const now = await inPlainGit();
    await now.push(await now.commit({ "models/evil.yaml": modelText("evil") }));
    await now.pass();
    expect(now.last("unratified")).toMatchObject({ code: "NoProposal", from: now.genesis });
    expect(await disagreements(now)).toEqual([]);
  });

  test("does not go on from a place that holds another history", async () => {
    await onGitHub();
    const now = await inPlainGit();
    const tree = (await now.remote.commit(now.genesis))?.tree ?? "";
    await now.push(await now.remote.writeCommit({ tree, parents: [], message: "another", at: now.clock.now() }));
    expect((await now.pass()).view.troubles).toMatchObject([{ code: "ForgeIdentity" }]);
    expect(now.kinds()).toEqual(["genesis", "applied"]);
  });
});
