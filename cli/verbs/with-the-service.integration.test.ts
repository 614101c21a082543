/** What the verbs send, and what the service makes of it: the same proposal from its opening until it is ratified. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Community, hour, modelText, startCommunity } from "../../governance/service/testing/community.fixture.ts";
import { formatPrivateKeyFile } from "../../governance/signatures/private-key-file.ts";
import { flags } from "../policy/community.fixture.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { merge } from "./merge.ts";
import { propose } from "./propose.ts";
import { status } from "./status.ts";
import { vote } from "./vote.ts";

let community: Community;
let folder = "";
beforeAll(async () => {
  community = await startCommunity();
  folder = mkdtempSync(join(tmpdir(), "commonhold-whole-"));
  for (const [at, name] of ["alice", "bob", "carol"].entries()) {
    mkdirSync(join(folder, name, ".ssh"), { recursive: true });
    const file = formatPrivateKeyFile(Buffer.alloc(32, at + 1), Buffer.alloc(4), name);
    writeFileSync(join(folder, name, ".ssh/id_ed25519"), file, { mode: 0o600 });
  }
});
afterAll(async () => {
  await community.discard();
  rmSync(folder, { recursive: true, force: true });
});

function around(name: string, cwd = folder): Surroundings & { lines: string[] } {
  const lines: string[] = [];
  const { signal } = new AbortController();
  const env = { PATH: process.env["PATH"], HOME: join(folder, name), GIT_CONFIG_GLOBAL: "/dev/null" };
  return { env, cwd, lines, signal, clock: community.clock, say: (...more) => void lines.push(...more) };
}

test("a proposal that was opened, voted on and merged by commands is ratified, and each sees what the other says", async () => {
  const url = community.remote.path;
  const there = { ...flags, repository: url };
  const clone = join(folder, "clone");
  execFileSync("git", ["clone", "--quiet", url, clone], { env: { PATH: process.env["PATH"] } });
  writeFileSync(join(clone, "models/smollm2.yaml"), modelText("smollm2", 2));

  const alice = around("alice", clone);
  await propose({ ...flags, message: "Two replicas" }, alice);
  const [id = ""] = /git:[0-9a-f]{40}\/[0-9a-f]{40}/.exec(alice.lines.join("\n")) ?? [];
  await community.pass();
  await expect(merge(id, there, around("bob"))).rejects.toThrow(/has not passed: Open/);

  await vote(id, "no", { ...there, reason: "not yet" }, around("bob"));
  await vote(id, "yes", there, around("bob"));
  await community.pass();
  const carol = around("carol");
  await status(id, there, carol);
  const shown = carol.lines.join("\n");
  expect(shown).toMatch(/ {2}vote: Open: 2 yes, 0 no, 0 abstain of 3 voters; quorum 2 of 2/);
  expect(shown).toContain("counted here: class routine · 2 yes, 0 no, 0 abstain of 3 · quorum 2 of 2");

  await community.live(2 * hour);
  await merge(id, there, around("carol"));
  await community.pass();
  expect(community.last("ratified")).toMatchObject({ proposal: id, tally: { yes: 2, no: 0 } });
});
