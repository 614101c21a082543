import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ManualClock } from "../../../operator/clock/manual.ts";
import { gitLimits } from "../limits.ts";
import { gitFolder } from "../real-git.fixture.ts";
import type { GitRepository } from "../repository.ts";

const folder = gitFolder();
/** Every git writes its process id; what reads objects is the last one. */
const PATH = folder.program('case "$*" in *--batch-command*) echo $$ >>"$log";; esac; exec "$real" "$@"');
let repository: GitRepository;
let oids: string[];

beforeAll(async () => {
  repository = await folder.open("r", { environment: { PATH } });
  oids = (await repository.tree(await repository.writeTree(undefined, { a: text(1), b: text(2), c: text(3) }))).map(
    ({ oid }) => oid,
  );
});
afterAll(() => folder.remove());

function text(at: number): Buffer {
  return Buffer.from(`file ${at}\n`);
}

function readers(): number[] {
  return folder.logged().trim().split("\n").map(Number);
}

/** Puts other bytes where the object is. */
function overwrite(name: string, oid: string, bytes: Uint8Array): void {
  const path = join(folder.path, name, "objects", oid.slice(0, 2), oid.slice(2));
  chmodSync(path, 0o600);
  writeFileSync(path, bytes);
}

describe("objects", () => {
  test("are read by one program, however many are asked for at once, each to who asked", async () => {
    const files = Array.from({ length: 1_000 }, (_, at) => text(at));
    const made = await repository.tree(
      await repository.writeTree(undefined, Object.fromEntries(files.map((bytes, at) => [`${at}`, bytes]))),
    );
    const before = readers().length;
    const read = await Promise.all(made.map(async ({ path, oid }) => [path, await repository.blob(oid)] as const));
    for (const [path, bytes] of read) expect(bytes).toEqual(files[Number(path)]);
    expect(readers()).toHaveLength(before);
  });
  test.each<[string, () => Promise<unknown>, unknown]>([
    ["that is not there is undefined", () => repository.blob("1".repeat(40)), undefined],
    ["that is not there among others is undefined", () => repository.objects(["1".repeat(40)]), [undefined]],
    ["that is no ref is undefined", () => repository.resolve("refs/heads/nothing"), undefined],
    ["that is a search is undefined", () => repository.resolve(":/words"), undefined],
    ["of two lines is undefined", () => repository.resolve("HEAD\nHEAD"), undefined],
    ["that is empty is undefined", () => repository.resolve(""), undefined],
    ["that begins with a hyphen is undefined", () => repository.resolve("--help"), undefined],
    ["of a time is undefined", () => repository.resolve("HEAD@{yesterday}"), undefined],
    ["that is very long is undefined", () => repository.resolve("x".repeat(100_000)), undefined],
  ])("a name %s", async (_, ask, answer) => {
    expect(await ask()).toEqual(answer);
  });
  test.each<[string, (oid: string) => Promise<unknown>, object]>([
    [
      "that is too large",
      (oid) => repository.blob(oid, { bytesMax: 6 }),
      { code: "too-large", message: expect.stringMatching(/has 7 bytes, 6 are the most/) },
    ],
    ["that is too large among others", (oid) => repository.objects([oid], { bytesMax: 6 }), { code: "too-large" }],
    [
      "of another type than a commit",
      (oid) => repository.commit(oid),
      { code: "damaged", message: expect.stringMatching(/is a blob, and should be a commit/) },
    ],
    ["of another type than a tag", (oid) => repository.tag(oid), { code: "damaged" }],
    ["of another type than a tree", (oid) => repository.tree(oid), { code: "damaged" }],
    [
      "by half of its name",
      (oid) => repository.blob(oid.slice(0, 20)),
      { code: "failed", message: expect.stringMatching(/no object id/) },
    ],
    ["by its name in capitals", (oid) => repository.blob(oid.toUpperCase()), { code: "failed" }],
    ["by an expression", () => repository.blob("HEAD"), { code: "failed" }],
    ["by two names in one", (oid) => repository.blob(`${oid}\n${oid}`), { code: "failed" }],
  ])("one %s is an error", async (_, ask, error) => {
    await expect(ask(oids[0]!)).rejects.toMatchObject(error);
  });
  test("at its limit of size is read", async () => {
    expect(await repository.blob(oids[0]!, { bytesMax: 7 })).toEqual(text(1));
  });
});

describe("the program that reads", () => {
  test("is started again when it was killed, and nobody notices", async () => {
    const reading = Promise.all(Array.from({ length: 600 }, () => repository.blob(oids[0]!)));
    process.kill(readers().at(-1)!, "SIGKILL");
    for (const bytes of await reading) expect(bytes).toEqual(text(1));
    const before = readers().length;
    process.kill(readers().at(-1)!, "SIGKILL");
    expect(await repository.blob(oids[1]!)).toEqual(text(2));
    expect(readers().length).toBeGreaterThanOrEqual(before);
  });
  test("answers the others where one object cannot be read, and names that one", async () => {
    const damaged = await folder.open("damaged", { environment: { PATH } });
    const [good, bad] = await Promise.all([damaged.writeBlob(text(1)), damaged.writeBlob(text(2))]);
    overwrite("damaged", bad, Buffer.from("not compressed at all"));
    const all = await Promise.allSettled([
      damaged.blob(good),
      damaged.blob(bad),
      damaged.blob(good),
      damaged.blob(bad),
    ]);
    expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "rejected"]);
    expect(all[1]).toMatchObject({ reason: { code: "damaged", message: expect.stringContaining(bad) } });
  });
  test("is not believed where an object holds other bytes than its name says", async () => {
    const swapped = await folder.open("swapped");
    const oid = await swapped.writeBlob(text(1));
    overwrite("swapped", oid, deflateSync(Buffer.from("blob 7\0file 2\n")));
    await expect(swapped.blob(oid)).rejects.toMatchObject({
      code: "damaged",
      message: expect.stringMatching(/holds other bytes/),
    });
    // Who asks for many checks by itself.
    expect(await swapped.objects([oid])).toMatchObject([{ type: "blob", bytes: text(2) }]);
  });
  test("that says nothing is given up after a while", async () => {
    const clock = new ManualClock();
    const mute = folder.program('case "$*" in *cat-file*) exec sleep 1000;; esac; exec "$real" "$@"');
    const silent = await folder.open("silent", { clock, environment: { PATH: mute } });
    const reading = silent.blob("1".repeat(40)).catch((error: unknown) => error);
    // Each program gets its time.
    for (const _ of [1, 2]) {
      while (clock.pending === 0) await turn();
      await clock.advance(gitLimits.answerMsMax);
    }
    expect(await reading).toMatchObject({ code: "damaged", message: expect.stringMatching(/said nothing for 30 s/) });
    expect(clock.pending).toBe(0);
    await silent.close();
  });
  test.each<[string, string]>([
    ["something that is no answer", "while read -r line; do echo nonsense; done"],
    ["more than it was asked", 'while read -r line; do echo "x missing"; echo "x missing"; done'],
    ["nothing and ends", "exit 0"],
  ])("that says %s is given up", async (name, script) => {
    const wrong = folder.program(`case "$*" in *cat-file*) ${script}; exit 0;; esac; exec "$real" "$@"`);
    const opened = await folder.open(`wrong ${name}`, { environment: { PATH: wrong } });
    await expect(opened.blob("1".repeat(40))).rejects.toMatchObject({ code: "damaged" });
  });
  test("drops the answer of who aborted, and answers the next", async () => {
    const controller = new AbortController();
    const aborted = repository.blob(oids[0]!, { signal: controller.signal });
    const other = repository.blob(oids[1]!);
    controller.abort("enough");
    await expect(aborted).rejects.toBe("enough");
    await expect(repository.blob(oids[0]!, { signal: controller.signal })).rejects.toBe("enough");
    expect(await other).toEqual(text(2));
  });
  test("ends with the repository, and what is asked then fails", async () => {
    const closing = await folder.open("closing", { environment: { PATH } });
    const oid = await closing.writeBlob(text(1));
    await closing.blob(oid);
    const pid = readers().at(-1)!;
    const reading = closing.blob(oid).catch((error: unknown) => error);
    await Promise.all([closing.close(), closing.close()]);
    expect(await reading).toMatchObject({ code: "unusable" });
    await expect(closing.blob(oid)).rejects.toMatchObject({ code: "unusable" });
    await expect(closing.writeBlob(text(1))).rejects.toMatchObject({ code: "unusable" });
    expect(() => process.kill(pid, 0)).toThrow();
  });
});
