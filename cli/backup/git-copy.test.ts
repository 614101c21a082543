import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openRepository } from "../../governance/git/open.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { copyRepository, placeRepository, refsAt } from "./git-copy.ts";

const { signal } = new AbortController();
const env = { PATH: process.env["PATH"] };
const around = { clock: systemClock, env, signal };
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folderIn(place: string): string {
  const folder = mkdtempSync(join(place, "git-copy-"));
  folders.push(folder);
  return folder;
}

async function repositoryAt(path: string): Promise<void> {
  const repository = await openRepository({ path, environment: env });
  const tree = await repository.writeTree(undefined, { "a.txt": Buffer.from("a") });
  await repository.updateRef(
    "refs/heads/main",
    await repository.writeCommit({ tree, parents: [], message: "a", at: 0 }),
  );
  await repository.close();
}

/** Where another file system is, on Linux: a volume of a pod is one too. */
const places = ["/dev/shm", tmpdir()].filter((place) => existsSync(place));
const apart = new Set(places.map((place) => statSync(place).dev)).size > 1;

describe("a repository", () => {
  for (const [title, place] of [["beside it", tmpdir()], ...(apart ? [["on another file system", "/dev/shm"]] : [])]) {
    test(`is copied ${title}, without a trace in it, and comes back with every reference`, async () => {
      const path = join(folderIn(place ?? ""), "source.git");
      await repositoryAt(path);
      const files = async (): Promise<string[]> => (await readdir(path, { recursive: true })).sort();
      const before = await files();
      const folder = folderIn(tmpdir());
      await copyRepository(path, folder, "copied", around);
      expect(await files()).toEqual(before);
      expect((await readdir(join(folder, "copied"))).sort()).toEqual([
        expect.stringMatching(/^pack-[0-9a-f]{40}\.pack$/),
        "references.json",
      ]);
      const again = join(folder, "again.git");
      await placeRepository(folder, "copied", again, around);
      expect(await refsAt(again, around)).toEqual(await refsAt(path, around));
    });
  }

  test("without objects is copied as that", async () => {
    const path = join(folderIn(tmpdir()), "empty.git");
    await (await openRepository({ path, environment: env })).close();
    const folder = folderIn(tmpdir());
    await copyRepository(path, folder, "copied", around);
    expect(await readdir(join(folder, "copied"))).toEqual(["references.json"]);
  });

  test("that is none is refused by its path", async () => {
    const path = join(folderIn(tmpdir()), "nowhere.git");
    await expect(copyRepository(path, folderIn(tmpdir()), "copied", around)).rejects.toThrow(
      /the repository .*nowhere\.git cannot be copied/,
    );
  });
});
