/** A policy repository that appears whole or not at all, with real git. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openRepository } from "../../../../governance/git/open.ts";
import type { GitRepository } from "../../../../governance/git/repository.ts";
import { newEd25519Key } from "../../../../governance/signatures/new-key.ts";
import { signatureOf } from "../../../../governance/signatures/signature-of.ts";
import { ManualClock } from "../../../../operator/clock/manual.ts";
import { mirrorPath } from "../../../policy/mirror.ts";
import { policyRepository } from "./repository.ts";

const { signer } = newEd25519Key({ random: randomBytes });
const clock = new ManualClock(Date.UTC(2026, 0, 1));
let directory: string;
let env: Record<string, string>;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "commonhold-policy-"));
  env = { PATH: process.env["PATH"] ?? "", XDG_CACHE_HOME: join(directory, "cache") };
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const files = { "constitution.yaml": "rules\n", "members.yaml": "us\n" };
const make = (given: Record<string, string> = files, signal = new AbortController().signal) =>
  policyRepository({ directory, files: () => given, signer, env, clock, signal });

async function inside<T>(work: (repository: GitRepository) => Promise<T>): Promise<T> {
  const repository = await openRepository({ path: join(directory, "policy.git"), environment: env });
  return work(repository).finally(() => repository.close());
}

describe("the first start", () => {
  test("makes it with one commit, signed by the person, and pins that", async () => {
    const { url, genesis, isNew } = await make();
    expect([url, isNew]).toEqual([join(directory, "policy.git"), true]);
    expect(readFileSync(join(directory, "policy-genesis"), "utf8")).toBe(`${genesis}\n`);
    await inside(async (repository) => {
      expect(await repository.resolve("refs/heads/main")).toBe(genesis);
      const commit = await repository.commit(genesis);
      expect(commit?.parents).toEqual([]);
      expect(commit && signatureOf(commit)).toMatchObject({ isValid: true, key: signer.publicKey });
      expect((await repository.tree(genesis)).map(({ path }) => path)).toEqual(Object.keys(files));
    });
  });

  test("that fails half-way leaves nothing, and the next one makes it", async () => {
    const failing = () => {
      throw new Error("no template");
    };
    const { signal } = new AbortController();
    await expect(policyRepository({ directory, files: failing, signer, env, clock, signal })).rejects.toThrow(
      "no template",
    );
    expect(readdirSync(directory)).toEqual([]);
    expect((await make()).isNew).toBe(true);
  });

  test("that was killed half-way is cleared away", async () => {
    mkdirSync(join(directory, "policy.git.new-abc123/objects"), { recursive: true });
    await make();
    expect(readdirSync(directory).toSorted()).toEqual(["policy-genesis", "policy.git"]);
  });

  test("forgets what this machine saw at the same address before", async () => {
    const seen = `${mirrorPath(join(directory, "policy.git"), { env })}.seen.json`;
    mkdirSync(join(seen, ".."), { recursive: true });
    writeFileSync(seen, "{}");
    await make();
    expect(existsSync(seen)).toBe(false);
  });
});

describe("a later start", () => {
  test("finds it as it was, whatever the template says now", async () => {
    const { genesis } = await make();
    expect(await make({ "members.yaml": "others\n" })).toMatchObject({ genesis, isNew: false });
  });

  test("that follows one killed before it was pinned pins the first commit", async () => {
    const { genesis } = await make();
    await inside(async (repository) => {
      const tree = await repository.writeTree(genesis, { "x.md": Buffer.from("x") });
      const next = await repository.writeCommit({ tree, parents: [genesis], message: "x", at: 0 });
      await repository.updateRef("refs/heads/main", next);
    });
    rmSync(join(directory, "policy-genesis"));
    expect((await make()).genesis).toBe(genesis);
    expect(readFileSync(join(directory, "policy-genesis"), "utf8")).toBe(`${genesis}\n`);
  });

  test("removes locks that a killed program left", async () => {
    await make();
    const lock = join(directory, "policy.git/refs/heads/main.lock");
    writeFileSync(lock, "");
    await make();
    expect(existsSync(lock)).toBe(false);
  });

  test("never begins anew where the repository is gone: it says where a copy is", async () => {
    await make();
    rmSync(join(directory, "policy.git"), { recursive: true });
    await expect(make()).rejects.toThrow(/policy\.git cannot be used: it is gone\. .*governance\/repository\.git/);
  });

  test("refuses another repository in its place", async () => {
    const { genesis } = await make();
    rmSync(join(directory, "policy.git"), { recursive: true });
    rmSync(join(directory, "policy-genesis"));
    await make({ "members.yaml": "others\n" });
    writeFileSync(join(directory, "policy-genesis"), `${genesis}\n`);
    await expect(make()).rejects.toThrow(`it does not have the commit ${genesis}`);
  });
});
