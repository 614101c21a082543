/** The sightings on disk, through crashes. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { JournalError, openJournal } from "./journal.ts";

const folder = mkdtempSync(join(tmpdir(), "sightings-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = () => join(folder, `${files++}.jsonl`);
const ballot = (id: string, proposal = "p") => ({ kind: "ballot", proposal, id }) as const;

describe("a journal", () => {
  test("remembers after it is opened again what was first and when", async () => {
    const path = newPath();
    await (await openJournal(path)).note([ballot("a"), ballot("b")], 5);
    await (await openJournal(path)).note([ballot("b"), ballot("c")], 9);
    const again = await openJournal(path);
    expect(again.of("p").map(({ id, sequence, at }) => [id, sequence, at])).toEqual([
      ["a", 0, 5],
      ["b", 1, 5],
      ["c", 2, 9],
    ]);
    expect(again.first(ballot("c"))?.at).toBe(9);
  });

  test("is for its owner's eyes only", async () => {
    const path = newPath();
    await (await openJournal(path)).note([ballot("a")], 5);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("cut off at any byte by a crash, holds all whole sightings and counts on without a number given twice", async () => {
    const path = newPath();
    await (await openJournal(path)).note([ballot("a"), ballot("b")], 5);
    const whole = readFileSync(path);
    const firstLine = whole.indexOf("\n") + 1;
    for (let length = 0; length <= whole.length; length++) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      const journal = await openJournal(path);
      await journal.note([ballot("z")], 6);
      const ids = (await openJournal(path)).of("p").map(({ id }) => id);
      const kept = length === whole.length ? ["a", "b", "z"] : length >= firstLine ? ["a", "z"] : ["z"];
      expect(ids).toEqual(kept);
      const numbers = (await openJournal(path)).of("p").map(({ sequence }) => sequence);
      expect(new Set(numbers).size).toBe(numbers.length);
    }
  });

  test.each<[string, string]>([
    ["a part of a line", '{"sequence":2,"kind":"ball'],
    ["a whole line", '{"sequence":2,"kind":"ballot","proposal":"p","id":"z","at":4}\n'],
  ])("goes on after an append that failed and left %s: nobody was told of it, so it was not noted", async (_, left) => {
    const path = newPath();
    const journal = await openJournal(path);
    await journal.note([ballot("a"), ballot("b")], 5);
    appendFileSync(path, left);
    await journal.note([ballot("z")], 6);
    await journal.note([ballot("y")], 7);
    const seen = (await openJournal(path)).of("p").map(({ id, sequence, at }) => [id, sequence, at]);
    expect(seen).toEqual([
      ["a", 0, 5],
      ["b", 1, 5],
      ["z", 2, 6],
      ["y", 3, 7],
    ]);
  });

  test("goes on where its file was removed under it", async () => {
    const path = newPath();
    const journal = await openJournal(path);
    await journal.note([ballot("a")], 5);
    rmSync(path);
    await journal.note([ballot("b")], 6);
    expect((await openJournal(path)).of("p").map(({ id }) => id)).toEqual(["a", "b"]);
  });

  test("damaged in the middle, says where and what to do, and changes nothing", async () => {
    const path = newPath();
    await (await openJournal(path)).note([ballot("a"), ballot("b")], 5);
    const text = readFileSync(path, "utf8").replace('"ballot"', '"balot"');
    writeFileSync(path, text);
    await expect(openJournal(path)).rejects.toThrow(JournalError);
    await expect(openJournal(path)).rejects.toThrow(/:1 is no sighting: restore the file/);
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  test("a line that is no JSON is damage too", async () => {
    const path = newPath();
    appendFileSync(path, "nonsense\n");
    await expect(openJournal(path)).rejects.toThrow(JournalError);
  });

  test("forgets what is decided, and never gives a number again", async () => {
    const path = newPath();
    const journal = await openJournal(path);
    await journal.note(
      [...Array(10_001).keys()].map((id) => ballot(String(id), "old")),
      5,
    );
    await journal.note([ballot("a", "kept")], 6);
    await journal.keepOnly(new Set(["kept"]));
    expect(journal.of("old")).toEqual([]);
    expect(statSync(path).size).toBeLessThan(1_000);
    const again = await openJournal(path);
    expect(again.of("kept")).toHaveLength(1);
    expect((await again.note([ballot("b", "kept")], 7))[0]?.sequence).toBe(10_002);
  });
});
