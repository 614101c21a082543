import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyText } from "../../test/any-text.ts";
import { runs } from "../../test/runs.ts";
import { digestOf } from "./digest.ts";
import { baseName, belongsTo, isOurs, readName, servedName } from "./names.ts";
import { displayReference, parseReference } from "./reference.ts";

const owner = { uid: "0b3c6a0e-6ce2-4a5b-9c7e-2f4f2f3f9b11", name: "smollm2" };
const digest = digestOf("manifest");
const revision = "2ab46a81f0c3ffff";

test("a name tells people the deployment, and us the owner and the version", () => {
  expect(servedName(owner, revision)).toBe("commonhold/smollm2-2859da0e:2ab46a81f0c3");
  expect(baseName(owner, digest)).toMatch(/^commonhold\/smollm2-2859da0e:b-[0-9a-f]{12}$/);
});

describe("ours", () => {
  test.each([
    ["a served model", servedName(owner, revision)],
    ["a base", baseName(owner, digest)],
    ["with the registry in front", `registry.ollama.ai/${servedName(owner, revision)}`],
    ["in other case, which is the same model to Ollama", servedName(owner, revision).toUpperCase()],
  ])("is %s", (_, name) => {
    expect(isOurs(name)).toBe(true);
    expect(belongsTo(name, owner.uid)).toBe(true);
    expect(belongsTo(name, "another-uid")).toBe(false);
  });
});

describe("a stranger's", () => {
  test.each([
    ["a library model", "smollm2:135m"],
    ["a person's model in a namespace like ours", "commonhold/smollm2:latest"],
    ["one without an owner", "commonhold/smollm2:2ab46a81f0c3"],
    ["one with a tag of a person", "commonhold/smollm2-2859da0e:mine"],
    ["one with too long a version", "commonhold/smollm2-2859da0e:2ab46a81f0c3f"],
    ["one on another registry", "example.org/commonhold/smollm2-2859da0e:2ab46a81f0c3"],
    ["one in another namespace", "commonholder/smollm2-2859da0e:2ab46a81f0c3"],
    ["one without a name", "commonhold/-2859da0e:2ab46a81f0c3"],
    ["nothing", ""],
  ])("is %s", (_, name) => {
    expect(isOurs(name)).toBe(false);
    expect(belongsTo(name, owner.uid)).toBe(false);
  });
});

test.each(["", "2ab46a81f0c", "not a revision at all", "2AB46A81F0C3"])("%j is no revision", (bad) => {
  expect(() => servedName(owner, bad)).toThrow("hex digits");
});

const anyOwner = fc.record({
  uid: fc.uuid(),
  name: fc.oneof(anyText(300), fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,100}[a-z0-9])?$/)),
});
const anyHex = fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 });

test("every name is one that Ollama takes and lists unchanged, and comes back as what went in", () => {
  fc.assert(
    fc.property(anyOwner, anyHex, fc.boolean(), (any, hex, base) => {
      const name = base ? baseName(any, `sha256:${hex}`) : servedName(any, hex);
      expect(displayReference(parseReference(name))).toBe(name);
      expect(readName(name)).toMatchObject({ kind: base ? "base" : "served", version: hex.slice(0, 12) });
      expect(belongsTo(name, any.uid)).toBe(true);
    }),
    runs(100),
  );
});

test("10,000 different owners, versions and kinds have 10,000 different names", () => {
  const inputs = fc.sample(fc.tuple(fc.uuid(), anyHex, fc.boolean()), { numRuns: 10_000, seed: 1 });
  const names = inputs.map(([uid, hex, base]) => {
    const same = { uid, name: "same" };
    return base ? baseName(same, `sha256:${hex}`) : servedName(same, hex);
  });
  expect(new Set(names).size).toBe(new Set(inputs.map((input) => JSON.stringify(input))).size);
});
