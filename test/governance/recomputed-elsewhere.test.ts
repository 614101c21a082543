/** What the log says can be recomputed by somebody who has a clone and nothing of the service's own. */
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { candidateTree } from "../../governance/evidence/candidate-tree.ts";
import type { Evidence } from "../../governance/evidence/evidence.ts";
import { fetchRefspecs } from "../../governance/forges/git/names.ts";
import { openRepository } from "../../governance/git/open.ts";
import type { GitRepository } from "../../governance/git/repository.ts";
import {
  type Community,
  day,
  hostText,
  hour,
  modelText,
  startCommunity,
} from "../../governance/service/testing/community.fixture.ts";
import { activeEmergencies } from "../../governance/verification/emergencies.ts";
import { disagreements } from "./replayed.ts";

// Real git takes a while on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

let c: Community;
let clone: GitRepository;
afterEach(async () => {
  await clone.close();
  await c.discard();
});

/** Of what was pushed; a tree that only the service made is not among it. */
async function fetchClone(judged: Evidence | undefined): Promise<void> {
  clone = await openRepository({
    path: join(c.remote.path, "../clone.git"),
    environment: { PATH: process.env["PATH"] },
  });
  await clone.fetch({ url: c.remote.path }, fetchRefspecs);
  await expect(clone.tree(judged?.candidate.tree ?? "")).rejects.toThrow(/is missing/);
}

/** Another proposal is merged, so that what is open would be merged into another commit than it was made from. */
async function moveBranch(): Promise<void> {
  const other = await c.propose("alice", { "models/other.yaml": modelText("other") });
  await c.vote("bob", other, "yes");
  await c.live(hour);
  await c.merge(other);
  await c.pass();
}

const evidenceOf = (kind: "expired" | "emergency") => c.log.evidence(c.last(kind)?.evidence ?? "");

describe("from a clone alone, after the branch moved on", () => {
  test("a verdict comes out again, though nobody ever pushed the merge that was judged", async () => {
    c = await startCommunity();
    await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
    await c.pass();
    await moveBranch();
    await c.live(8 * day);
    await fetchClone(await evidenceOf("expired"));
    expect(await disagreements({ log: c.log, local: clone })).toEqual([]);
  });

  test("an emergency is seen for what it changes", async () => {
    c = await startCommunity();
    const paused = { "hosts/tower.yaml": hostText("tower", "alice", true) };
    const proposal = await c.propose("bob", paused, { emergency: true });
    await moveBranch();
    for (const voter of ["bob", "carol"] as const) await c.vote(voter, proposal, "yes", { emergency: true });
    await c.pass();
    await fetchClone(await evidenceOf("emergency"));
    const { records } = c.log;
    const sources = { repository: clone, records, evidence: (digest: string) => c.log.evidence(digest) };
    const [emergency] = await activeEmergencies(sources, c.clock.now());
    expect(emergency).toMatchObject({ proposal: proposal.id, effective: [{ path: "hosts/tower.yaml" }] });
    expect(await disagreements({ log: c.log, local: clone })).toEqual([]);
  });

  test("evidence that speaks of another tree than the merge makes is refused", async () => {
    c = await startCommunity();
    await c.propose("alice", { "models/smollm2.yaml": modelText("smollm2", 2) });
    await moveBranch();
    await c.live(8 * day);
    const evidence = (await evidenceOf("expired")) as Evidence;
    await fetchClone(evidence);
    const [genesis] = c.log.records;
    const other = { tree: genesis?.record.kind === "genesis" ? genesis.record.tree : "" };
    await expect(candidateTree({ ...evidence, candidate: other }, clone)).rejects.toThrow(
      /was judged by the tree [0-9a-f]+, but merging [0-9a-f]+ into [0-9a-f]+ makes the tree [0-9a-f]+/,
    );
  });
});
