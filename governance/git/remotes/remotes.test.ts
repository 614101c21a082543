import { createHash } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { gitProgram } from "../program/program.ts";
import { environment, gitFolder } from "../real-git.fixture.ts";
import type { GitRepository, Oid } from "../repository.ts";
import { type HttpRemote, serveOverHttp } from "./http-remote.fixture.ts";

const folder = gitFolder();
const everything = ["+refs/heads/*:refs/policy/heads/*", "+refs/commonhold/*:refs/policy/commonhold/*"];
let remote: GitRepository;
let url: string;
let local: GitRepository;
let one: Oid;
let two: Oid;

beforeAll(async () => {
  remote = await folder.open("remote");
  url = remote.path;
  local = await folder.open("local");
  const tree = await remote.writeTree(undefined, { a: Buffer.from("1") });
  one = await remote.writeCommit({ tree, parents: [], message: "one", at: 0 });
  two = await remote.writeCommit({ tree, parents: [one], message: "two", at: 0 });
  await remote.updateRef("refs/heads/main", one);
  await remote.updateRef("refs/heads/side", two);
  await remote.updateRef("refs/commonhold/log", one);
});
afterAll(() => folder.remove());

const names = async (repository: GitRepository, prefix: string) =>
  (await repository.refs(prefix)).map(({ name }) => name);

describe("a fetch", () => {
  test("brings what is asked for where it is asked for, and nothing else", async () => {
    await remote.updateRef("refs/tags/v1", one);
    await local.fetch({ url }, everything);
    expect(await local.refs("refs/")).toEqual([
      { name: "refs/policy/commonhold/log", oid: one },
      { name: "refs/policy/heads/main", oid: one },
      { name: "refs/policy/heads/side", oid: two },
    ]);
    expect(await local.commit(two)).toMatchObject({ parents: [one] });
    expect(existsSync(join(local.path, "FETCH_HEAD"))).toBe(false);
  });
  test("forgets what is gone there, and nothing that is only here", async () => {
    await local.updateRef("refs/commonhold/log", one);
    await local.updateRef("refs/policy/pull/1", one);
    await remote.updateRef("refs/heads/gone", one);
    await local.fetch({ url }, everything);
    expect(await names(local, "refs/policy/heads/")).toContain("refs/policy/heads/gone");
    await remote.deleteRef("refs/heads/gone");
    await local.fetch({ url }, everything);
    expect(await names(local, "refs/")).toEqual([
      "refs/commonhold/log",
      "refs/policy/commonhold/log",
      "refs/policy/heads/main",
      "refs/policy/heads/side",
      "refs/policy/pull/1",
    ]);
  });
  test("follows a branch that was moved back, where it is asked to", async () => {
    const other = await folder.open("moved-back");
    await remote.updateRef("refs/heads/moving", two);
    await other.fetch({ url }, ["refs/heads/moving:refs/policy/heads/moving"]);
    await remote.updateRef("refs/heads/moving", one);
    await expect(other.fetch({ url }, ["refs/heads/moving:refs/policy/heads/moving"])).rejects.toMatchObject({
      code: "rejected",
    });
    await other.fetch({ url }, ["+refs/heads/moving:refs/policy/heads/moving"]);
    expect(await other.resolve("refs/policy/heads/moving")).toBe(one);
    await remote.deleteRef("refs/heads/moving");
  });
  test.each<[string, (raw: string) => string]>([
    ["a commit without an author", (raw) => raw.replace(/^author .*\n/m, "")],
    ["a commit with a time that is none", (raw) => raw.replace(/> 0 /g, "> 00 ")],
    ["a commit with an author of no form", (raw) => raw.replace(/^author .*$/m, "author nobody")],
  ])("does not take %s, and names it", async (what, bend) => {
    const path = `damaged ${what}`;
    const damaged = await folder.open(path);
    await damaged.fetch({ url }, everything);
    const bent = bend(folder.git(path, ["cat-file", "commit", two]).toString());
    const oid = folder.text(path, ["hash-object", "-t", "commit", "-w", "--literally", "--stdin"], bent);
    writeFileSync(join(damaged.path, "refs/heads-bent"), `${oid}\n`);
    await expect(local.fetch({ url: damaged.path }, ["+refs/heads-bent:refs/policy/heads/bent"])).rejects.toMatchObject(
      {
        code: "damaged",
        message: expect.stringContaining(oid),
      },
    );
    expect(await local.resolve("refs/policy/heads/bent")).toBeUndefined();
  });
  test.each<[string, string, readonly string[], object]>([
    ["of a remote that is not there", "/nowhere/at/all", everything, { code: "unreachable", isTransient: true }],
    ["of a ref that is not there", "", ["+refs/heads/nothing:refs/policy/heads/nothing"], { code: "failed" }],
    ["from a port where nobody listens", "http://127.0.0.1:1/a", everything, { code: "unreachable" }],
    ["by no refspec", "", [], { code: "failed" }],
    ["by an option for a refspec", "", ["--upload-pack=touch x"], { code: "failed" }],
    ["by an option for a URL", "--upload-pack=touch x", everything, { code: "failed" }],
    ["by a program for a URL", "ext::touch x", everything, { code: "failed" }],
  ])("%s fails", async (_, from, refspecs, error) => {
    await expect(local.fetch({ url: from === "" ? url : from }, refspecs)).rejects.toMatchObject(error);
  });
});

describe("a fetch that does not end well", () => {
  test("is cut off where it brings more than the disk is for", async () => {
    const large = await folder.open("large");
    const git = gitProgram({ gitFolder: (await folder.open("small")).path, clock: new ManualClock(), environment });
    // Noise does not become smaller.
    const noise = Buffer.concat(
      Array.from({ length: 4_000 }, (_, at) => createHash("sha256").update(`${at}`).digest()),
    );
    const commit = async (files: Record<string, Buffer>) =>
      large.writeCommit({ tree: await large.writeTree(undefined, files), parents: [], message: "x", at: 0 });
    await large.updateRef("refs/heads/few", await commit({ noise }));
    const many = Array.from({ length: 200 }, (_, at): [string, Buffer] => [
      `${at}`,
      noise.subarray(at * 600, at * 600 + 600),
    ]);
    await large.updateRef("refs/heads/many", await commit(Object.fromEntries(many)));
    for (const ref of ["few", "many"]) {
      const fetching = git.run(["fetch", large.path, `refs/heads/${ref}:refs/x`], { fileBytesMax: 50_000 });
      await expect(fetching, ref).rejects.toMatchObject({ code: "too-large" });
    }
  });
  test("leaves nothing behind where nobody else writes", async () => {
    const PATH = folder.program(
      'case "$*" in *" fetch "*) d=$(echo "$1" | cut -d= -f2); mkdir -p "$d/objects/pack"; echo x >"$d/objects/pack/tmp_pack_x"; exit 128;; esac; exec "$real" "$@"',
    );
    for (const isOnlyWriter of [true, false]) {
      const failing = await folder.open(`failing ${isOnlyWriter}`, { environment: { PATH }, isOnlyWriter });
      await expect(failing.fetch({ url }, everything)).rejects.toMatchObject({ code: "unreachable" });
      expect(existsSync(join(failing.path, "objects/pack/tmp_pack_x"))).toBe(!isOnlyWriter);
    }
  });
});

describe("what a remote has", () => {
  test("is told without fetching, by whole names", async () => {
    const asked = await folder.open("asked");
    await remote.updateRef("refs/other/refs/heads/main", two);
    expect(await asked.remoteRefs({ url }, ["refs/heads/main"])).toEqual([{ name: "refs/heads/main", oid: one }]);
    expect(await asked.remoteRefs({ url }, ["refs/heads/*"])).toEqual([
      { name: "refs/heads/main", oid: one },
      { name: "refs/heads/side", oid: two },
    ]);
    expect(await asked.remoteRefs({ url }, ["refs/nothing/*"])).toEqual([]);
    expect(await asked.remoteRefs({ url }, [])).toEqual([]);
    expect(await asked.commit(one)).toBeUndefined();
    await remote.deleteRef("refs/other/refs/heads/main");
  });
  test.each(["--heads", "main", "*", "refs/heads/[a-z]*"])("is not told by the pattern %j", async (pattern) => {
    await expect(local.remoteRefs({ url }, [pattern])).rejects.toMatchObject({ code: "failed" });
  });
});

describe("a push", () => {
  const push = (...refspecs: readonly string[]) => local.push({ url }, refspecs);
  test("makes, moves and deletes", async () => {
    await push(`${one}:refs/heads/pushed`, `${one}:refs/commonhold/reports/x`);
    expect(await remote.resolve("refs/commonhold/reports/x")).toBe(one);
    await push(`${two}:refs/heads/pushed`);
    await push("refs/policy/heads/main:refs/heads/copied", `+${one}:refs/heads/pushed`);
    expect(await remote.resolve("refs/heads/pushed")).toBe(one);
    await push(":refs/heads/pushed", ":refs/heads/copied", ":refs/commonhold/reports/x");
    expect(await names(remote, "refs/heads/")).toEqual(["refs/heads/main", "refs/heads/side"]);
    await push(`${one}:refs/heads/main`);
  });
  test("that would move one of them back moves none", async () => {
    const attempt = push(`${one}:refs/heads/side`, `${two}:refs/heads/new`);
    await expect(attempt).rejects.toMatchObject({
      code: "rejected",
      message: expect.stringContaining("refs/heads/side: [rejected]"),
    });
    expect(await remote.resolve("refs/heads/side")).toBe(two);
    expect(await remote.resolve("refs/heads/new")).toBeUndefined();
  });
  test("that the remote's own rules refuse is rejected, and says what they say", async () => {
    const guarded = await folder.open("guarded");
    folder.git("guarded", ["config", "receive.denyDeletes", "true"]);
    await guarded.fetch({ url }, everything);
    await guarded.updateRef("refs/heads/main", one);
    const attempt = local.push({ url: guarded.path }, [":refs/heads/main"]);
    await expect(attempt).rejects.toMatchObject({
      code: "rejected",
      message: expect.stringContaining("deletion prohibited"),
    });
  });
  test("of what is not here fails", async () => {
    await expect(push(`${"1".repeat(40)}:refs/heads/x`)).rejects.toMatchObject({ name: "GitError" });
    await expect(push("refs/heads/nothing:refs/heads/x")).rejects.toMatchObject({ name: "GitError" });
    await expect(local.push({ url: "/nowhere/at/all" }, [`${one}:refs/heads/x`])).rejects.toMatchObject({
      code: "unreachable",
    });
  });
});

describe("over http", () => {
  const authorization = "Basic c2VjcmV0OnNlY3JldA==";
  let server: HttpRemote;
  beforeAll(async () => {
    folder.git("remote", ["config", "http.receivepack", "true"]);
    server = await serveOverHttp({ root: folder.path, authorization, environment });
  });
  afterAll(() => server.close());

  test("what is fetched and pushed is the same, with an authorization", async () => {
    const far = await folder.open("far");
    const there = { url: `${server.url}/remote`, authorization };
    await far.fetch(there, everything);
    expect(await far.resolve("refs/policy/heads/side")).toBe(two);
    await far.push(there, [`${two}:refs/heads/over-http`]);
    expect(await far.remoteRefs(there, ["refs/heads/over-http"])).toEqual([{ name: "refs/heads/over-http", oid: two }]);
    await far.push(there, [":refs/heads/over-http"]);
  });
  test.each<[string, string | undefined]>([
    ["no authorization", undefined],
    ["another authorization", "Basic d3Jvbmc6c2VjcmV0"],
  ])("with %s nothing is fetched, and the error shows none", async (_, wrong) => {
    const there = { url: `${server.url}/remote`, ...(wrong === undefined ? {} : { authorization: wrong }) };
    const error = await local.fetch(there, everything).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "unreachable" });
    expect(String(error)).not.toMatch(/d3Jvbmc|c2Vjc/);
  });
  test("an authorization is on no command line", async () => {
    const PATH = folder.program('echo "$@" >>"$log"; exec "$real" "$@"');
    const watched = await folder.open("watched", { environment: { PATH } });
    await watched.fetch({ url: `${server.url}/remote`, authorization }, everything);
    expect(folder.logged()).toContain("fetch");
    expect(folder.logged()).not.toMatch(/c2Vjc|uthorization/);
  });
  test("a remote that sends elsewhere is not followed", async () => {
    const attempt = local.fetch({ url: `${server.url}/moved/remote`, authorization }, everything);
    await expect(attempt).rejects.toMatchObject({ code: "unreachable" });
    expect(server.followed).toBe(0);
  });
  test("who aborts leaves at once, and nothing runs on", async () => {
    const controller = new AbortController();
    const fetching = local.fetch({ url: `${server.url}/never`, authorization }, everything, {
      signal: controller.signal,
    });
    const ended = fetching.catch((error: unknown) => error);
    while (server.waiting === 0) await turn();
    controller.abort("enough");
    expect(await ended).toBe("enough");
    // The helper that git started for http held this connection.
    while (server.waiting > 0) await turn();
  });
});

test("ssh is given the key, the hosts and the path as they are, and may ask nothing", async () => {
  // Says what it was called with, and runs here what it should run there.
  const ssh = folder.program('for word; do echo "[$word]" >>"$log"; last="$word"; done; exec sh -c "$last"', "ssh");
  const before = folder.logged().length;
  const far = await folder.open("by-ssh", { environment: { PATH: ssh } });
  const there = { url: `ssh://me@host:2222${url}`, sshKeyPath: "/it's a/key", sshKnownHostsPath: "/the hosts" };
  await far.fetch(there, everything);
  expect(await far.resolve("refs/policy/heads/main")).toBe(one);
  const words = folder.logged().slice(before).trim().split("\n");
  for (const word of [
    "[BatchMode=yes]",
    "[IdentitiesOnly=yes]",
    "[/it's a/key]",
    '[UserKnownHostsFile="/the hosts"]',
    "[2222]",
    "[me@host]",
  ]) {
    expect(words).toContain(word);
  }
});
