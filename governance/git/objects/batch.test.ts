import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gitFolder } from "../real-git.fixture.ts";
import type { GitRepository, Oid } from "../repository.ts";
import { batchMin } from "./batch.ts";

const folder = gitFolder();
const bytesOf = (at: number): Buffer => Buffer.from(`${at} missing\n`.repeat(at % 7));
const absent = "1".repeat(40);
let repository: GitRepository;
let oids: readonly Oid[];

beforeAll(async () => {
  repository = await folder.open("r");
  const files = Object.fromEntries(Array.from({ length: batchMin * 3 }, (_, at) => [`${at}`, bytesOf(at)]));
  const found = new Map(
    (await repository.tree(await repository.writeTree(undefined, files))).map(({ path, oid }) => [path, oid]),
  );
  oids = Object.keys(files).map((path) => found.get(path)!);
});
afterAll(() => folder.remove());

describe("many objects at once", () => {
  test("come in the order asked, each with its type and bytes, and those that are not there as undefined", async () => {
    const asked = [absent, ...oids, absent, ...[...oids].reverse(), absent];
    const objects = await repository.objects(asked);
    expect(objects).toHaveLength(asked.length);
    for (const [at, object] of objects.entries()) {
      if (asked[at] === absent) expect(object).toBeUndefined();
      else expect(object).toMatchObject({ oid: asked[at], type: "blob", bytes: bytesOf(oids.indexOf(asked[at]!)) });
    }
  });
  test("come with the name that their bytes have, which is another one where somebody put other bytes there", async () => {
    const damaged = await folder.open("damaged");
    const files = Object.fromEntries(Array.from({ length: batchMin }, (_, at) => [`${at}`, Buffer.from(`file ${at}`)]));
    const entries = await damaged.tree(await damaged.writeTree(undefined, files));
    const names = entries.map(({ oid }) => oid);
    const [first = "", second = ""] = names;
    const fileOf = (oid: Oid): string => join(damaged.path, "objects", oid.slice(0, 2), oid.slice(2));
    rmSync(fileOf(first));
    copyFileSync(fileOf(second), fileOf(first));
    const objects = await damaged.objects(names);
    expect(objects.map((object) => object?.hashed)).toEqual([second, ...names.slice(1)]);
  });
  test("are the same as one by one", async () => {
    const single = await Promise.all(oids.map((oid) => repository.blob(oid)));
    expect((await repository.objects(oids)).map((object) => object?.bytes)).toEqual(single);
  });
  test.each<[string, (all: readonly Oid[]) => Promise<unknown>, object]>([
    ["of which one is too large", (all) => repository.objects(all, { bytesMax: 20 }), { code: "too-large" }],
    ["of which one is named by half", (all) => repository.objects([...all, absent.slice(1)]), { code: "failed" }],
    ["of which one is two names", (all) => repository.objects([...all, `${absent}\n${absent}`]), { code: "failed" }],
    ["of which one is an expression", (all) => repository.objects([...all, "HEAD"]), { code: "failed" }],
  ])("%s are refused", async (_, ask, error) => {
    await expect(ask(oids)).rejects.toMatchObject(error);
  });
  test("are left at once by who aborts", async () => {
    const controller = new AbortController();
    const reading = repository.objects(oids, { signal: controller.signal });
    controller.abort("enough");
    await expect(reading).rejects.toBe("enough");
  });
});
