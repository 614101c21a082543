import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GitRepository } from "../../git/repository.ts";
import { signatureOf } from "../../signatures/signature-of.ts";
import type { ProposalReport } from "../forge.ts";
import { proposalIdOf, remoteRefs } from "./names.ts";
import { alice, gitWorld, mallory, signal, type World } from "./world.fixture.ts";

let world: World;
beforeAll(async () => {
  world = await gitWorld();
});
afterAll(() => world.remove());

const opening = "a".repeat(40);

function reportOf(title: string, of = opening): ProposalReport {
  const check = { state: "pending", title: "fine", summary: "All is well.", annotations: [] } as const;
  const annotations = [{ path: "models/`a.yaml", line: 3, message: "see https://example.org" }];
  const proposal = proposalIdOf(world.genesis, of);
  const plan = { ...check, state: "failure", annotations } as const;
  return { proposal, head: world.genesis, plan, vote: { ...check, title }, data: { n: 1 } };
}

const text = async (ref: string, file: string): Promise<string> =>
  Buffer.from((await world.there.file((await world.there.resolve(ref))!, file))!).toString();

describe("a report", () => {
  const ref = remoteRefs.report(opening);

  test("is a signed commit of a file for programs and one for people", async () => {
    await world.forge({ signer: alice }).report(reportOf("1 yes"), signal);
    expect(JSON.parse(await text(ref, "report.json"))).toEqual({ format: 1, ...reportOf("1 yes") });
    expect(await text(ref, "report.md")).toBe(
      "# ✗ Plan: fine\n\nAll is well.\n\n- ``models/`a.yaml:3`` see `https://example.org`\n\n# … Vote: 1 yes\n\nAll is well.\n",
    );
    const commit = await world.there.commit((await world.there.resolve(ref))!);
    expect(signatureOf(commit!)).toEqual({ key: alice.publicKey, isValid: true });
  });

  test("that says the same again is not pushed, before the next fetch and after it", async () => {
    const forge = world.forge();
    const before = await world.there.resolve(ref);
    await forge.report(reportOf("1 yes"), signal);
    await world.fetch(forge);
    await world.clock.advance(60_000);
    await forge.report(reportOf("1 yes"), signal);
    expect(await world.there.resolve(ref)).toBe(before);
  });

  test("that says the same again is not even written, unless somebody put something else there meanwhile", async () => {
    let writes = 0;
    const writeTree: GitRepository["writeTree"] = (...args) => {
      writes++;
      return world.service.writeTree(...args);
    };
    const forge = world.forge({ repository: { ...world.service, writeTree } });
    for (let pass = 0; pass < 3; pass++) {
      await forge.report(reportOf("1 yes"), signal);
      await world.fetch(forge);
    }
    expect(writes).toBe(1);
    await forge.report(reportOf("1 yes, 1 no"), signal);
    await forge.report(reportOf("1 yes"), signal);
    expect(writes).toBe(3);
    await world.push(`+${world.genesis}:${ref}`);
    await world.fetch(forge);
    await forge.report(reportOf("1 yes"), signal);
    expect(writes).toBe(4);
    expect(JSON.parse(await text(ref, "report.json")).vote.title).toBe("1 yes");
  });

  test("replaces the one before, and keeps it as its parent", async () => {
    const before = await world.there.resolve(ref);
    await world.forge().report(reportOf("2 yes"), signal);
    const commit = await world.there.commit((await world.there.resolve(ref))!);
    expect(commit).toMatchObject({ parents: [before], message: "2 yes" });
  });

  test("replaces what somebody else put there", async () => {
    await world.push(`+${world.genesis}:${ref}`);
    const forge = world.forge();
    await world.fetch(forge);
    await forge.report(reportOf("2 yes"), signal);
    expect(JSON.parse(await text(ref, "report.json")).vote.title).toBe("2 yes");
  });

  test.each<[string, typeof alice | undefined]>([
    ["that is not signed", undefined],
    ["that somebody else signed", mallory],
  ])("replaces a copy of itself %s: nobody would believe it", async (_, signer) => {
    const forge = world.forge({ signer: alice });
    await forge.report(reportOf("4 yes"), signal);
    const { tree } = (await world.there.commit((await world.there.resolve(ref))!))!;
    const forged = { tree, parents: [], message: "4 yes\n", at: world.clock.now(), ...(signer && { signer }) };
    const copy = await world.there.writeCommit(forged);
    await world.there.updateRef(ref, copy);
    await world.fetch(forge);
    await forge.report(reportOf("4 yes"), signal);
    const commit = await world.there.commit((await world.there.resolve(ref))!);
    expect(signatureOf(commit!)).toEqual({ key: alice.publicKey, isValid: true });
    expect(commit?.tree).toBe(tree);
  });

  test("on a proposal of another forge is shown nowhere", async () => {
    const refs = await world.there.refs("refs/commonhold/");
    await world.forge().report({ ...reportOf("x"), proposal: "github:7/1" }, signal);
    expect(await world.there.refs("refs/commonhold/")).toEqual(refs);
  });
});

test("a report on a commit lies under that commit's name", async () => {
  const report = { commit: world.genesis, state: "success", title: "In force", summary: "Yes." } as const;
  await world.forge().reportCommit(report, signal);
  const ref = remoteRefs.commitReport(world.genesis);
  expect(JSON.parse(await text(ref, "report.json"))).toEqual({ format: 1, ...report });
  expect(await text(ref, "report.md")).toBe("# In force\n\nYes.\n");
});

describe("a revert", () => {
  test("is offered as a branch, once per commit: deleted, it stays away", async () => {
    const head = await world.commit([world.genesis], { "x.yaml": "x: 1\n" });
    const revert = await world.commit([head], { "x.yaml": "" });
    await world.push(`${head}:refs/heads/main`, `${revert}:refs/heads/known-to-the-service`);
    const forge = world.forge();
    await world.fetch(forge);
    const offer = { head, revert, title: "Go back", body: "" };
    const ref = remoteRefs.revert(head);
    await forge.offerRevert(offer, signal);
    expect(await world.there.resolve(ref)).toBe(revert);
    await world.push(`:${ref}`);
    await world.fetch(forge);
    await world.forge().offerRevert(offer, signal);
    expect(await world.there.resolve(ref)).toBeUndefined();
  });

  test("that was pushed before a crash, and not noted, is noted by the next pass: deleted then, it stays away", async () => {
    const head = await world.commit([world.genesis], { "y.yaml": "y: 1\n" });
    const revert = await world.commit([head], { "y.yaml": "" });
    const ref = remoteRefs.revert(head);
    await world.push(`+${head}:refs/heads/main`, `${revert}:${ref}`);
    const forge = world.forge();
    const offer = { head, revert, title: "Go back", body: "" };
    await world.fetch(forge);
    await forge.offerRevert(offer, signal);
    await world.push(`:${ref}`);
    await world.fetch(forge);
    await forge.offerRevert(offer, signal);
    expect(await world.there.resolve(ref)).toBeUndefined();
  });
});

test("a remote that does not take it says which right is missing, and no address shows a password", async () => {
  await appendFile(join(world.remote.url, "config"), "[receive]\n\thideRefs = refs/commonhold/reports\n");
  const refused = world.forge({ signer: mallory }).report(reportOf("3 yes", "b".repeat(40)), signal);
  await expect(refused).rejects.toMatchObject({ name: "ForgeError", code: "refused", isTransient: false });
  await expect(refused).rejects.toThrow(
    /does not take refs\/commonhold\/reports\/b{40}: give the governance service's key or token the right to push to refs\/commonhold\/reports\/\* there/,
  );
});
