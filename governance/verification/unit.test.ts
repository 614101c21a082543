/** Which commits of the branch are one decision, by what the forge says of each of them. Real git. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ForgeProposal } from "../forges/forge.ts";
import { openRepository } from "../git/open.ts";
import type { GitRepository, Oid } from "../git/repository.ts";
import { nextUnit } from "./unit.ts";

const folder = mkdtempSync(join(tmpdir(), "units-"));
let repository: GitRepository;
let base: Oid;
/** A proposal of two commits, and what a rebase of it onto `base` put on the branch. */
let head: Oid;
let rebased: readonly [Oid, Oid];
let third: Oid;
let merge: Oid;

beforeAll(async () => {
  repository = await openRepository({
    path: join(folder, "repository.git"),
    environment: { PATH: process.env["PATH"] },
  });
  const commit = async (files: Record<string, string>, parents: Oid[], message: string): Promise<Oid> => {
    const bytes = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
    return repository.writeCommit({ tree: await repository.writeTree(undefined, bytes), parents, message, at: 0 });
  };
  base = await commit({ a: "1" }, [], "base");
  const first = await commit({ a: "1", b: "1" }, [base], "first");
  head = await commit({ a: "1", b: "1", c: "1" }, [first], "second");
  const one = await commit({ a: "1", b: "1" }, [base], "first, rebased");
  rebased = [one, await commit({ a: "1", b: "1", c: "1" }, [one], "second, rebased")];
  third = await commit({ a: "1", b: "1", c: "1", d: "1" }, [rebased[1]], "third");
  merge = await commit({ a: "1", b: "1", c: "1" }, [base, head], "merge");
});
afterAll(async () => {
  await repository.close();
  rmSync(folder, { recursive: true, force: true });
});

function proposal(id: string, mergeCommit?: Oid): ForgeProposal {
  return {
    ...{ id, label: id, title: id, state: "merged", isEmergency: false, ballots: [] },
    proposer: { kind: "key", key: "k" },
    head: { oid: head },
    ...(mergeCommit !== undefined && { mergeCommit }),
  };
}

const unitOf = async (pending: readonly [Oid, ...Oid[]], claims: Readonly<Record<Oid, ForgeProposal>>) => {
  const unit = await nextUnit(pending, { repository, claimOf: async (commit) => claims[commit] });
  return { commits: unit.commits, proposal: unit.proposal?.id, base: unit.base.oid };
};

describe("what belongs together", () => {
  test("a commit that nobody claims stands alone", async () => {
    expect(await unitOf([...rebased], {})).toEqual({ commits: [rebased[0]], proposal: undefined, base });
  });

  test("a merge is one commit", async () => {
    expect(await unitOf([merge], { [merge]: proposal("7", merge) })).toEqual({ commits: [merge], proposal: "7", base });
  });

  test("a rebase is found by its last commit", async () => {
    const claims = { [rebased[1]]: proposal("7") };
    expect(await unitOf([...rebased], claims)).toEqual({ commits: rebased, proposal: "7", base });
  });

  test("a rebase is one, though the forge names the proposal for each of its commits", async () => {
    const own = proposal("7", rebased[1]);
    const claims = { [rebased[0]]: own, [rebased[1]]: own };
    expect(await unitOf([...rebased], claims)).toEqual({ commits: rebased, proposal: "7", base });
  });

  test.each<[string, () => Readonly<Record<Oid, ForgeProposal>>]>([
    [
      "whose last commit belongs to another one",
      () => ({ [rebased[0]]: proposal("7", "e".repeat(40)), [rebased[1]]: proposal("8", rebased[1]) }),
    ],
    ["of which the last commit is not there", () => ({ [rebased[0]]: proposal("7", "e".repeat(40)) })],
  ])("a commit of a rebase %s stands alone, and for that proposal", async (_, claims) => {
    expect(await unitOf([...rebased], claims())).toEqual({ commits: [rebased[0]], proposal: "7", base });
  });

  test("a rebase that put more commits there than the proposal has is none", async () => {
    const claims = { [third]: proposal("7", third) };
    expect(await unitOf([...rebased, third], claims)).toEqual({ commits: [rebased[0]], proposal: undefined, base });
  });
});
