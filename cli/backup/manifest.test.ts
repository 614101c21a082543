import { describe, expect, test } from "vitest";
import { formatManifest, type Manifest, parseManifest } from "./manifest.ts";

const whole: Manifest = {
  ...{ format: 1, createdAt: "2026-01-01T00:00:00Z", commonhold: "0.1.0", kubernetes: "v1.36.3" },
  ...{ namespace: "commonhold-system", source: "cluster", withSecrets: false, leftOut: [] },
  entries: [{ path: "objects/members/alice.json", bytes: 1, sha256: "a".repeat(64) }],
};

test("a manifest is read as it was written", () => {
  expect(parseManifest(formatManifest(whole))).toEqual(whole);
});

describe("a manifest is refused", () => {
  const entry = (path: string) => ({ ...whole, entries: [{ path, bytes: 1, sha256: "a".repeat(64) }] });
  const refused: Record<string, [value: unknown, words: string]> = {
    "that a newer program wrote": [{ ...whole, format: 2, commonhold: "9.0.0" }, "restore with a newer commonhold"],
    "whose entry leads out of the folder": [entry("../etc/passwd"), "entries"],
    "whose entry is a whole path": [entry("/etc/passwd"), "entries"],
    "whose entry is hidden in a folder": [entry("a/../../b"), "entries"],
    "without entries": [{ ...whole, entries: undefined }, "entries"],
    "that is no object": [null, "damaged"],
  };
  test.for(Object.entries(refused))("%s", ([, [value, words]]) => {
    expect(() => parseManifest(Buffer.from(JSON.stringify(value)))).toThrow(words);
  });
  test("that is no JSON", () => {
    expect(() => parseManifest(Buffer.from("{"))).toThrow("it is not JSON");
  });
});
