import { describe, expect, test } from "vitest";
import { loadedIn, modelsIn, versionIn } from "./answers.ts";
import { descriptionIn } from "./describe.ts";
import { listedName } from "./listed-name.ts";
import { digestTrust } from "./versions.ts";

const hex = "ab".repeat(32);
const model = { name: "smollm2:135m", digest: hex, size: 98, modified_at: "2026-11-23T16:55:11.459607261Z" };

describe("a list of models", () => {
  test("is read, fields that nobody uses aside", () => {
    const answer = { models: [{ ...model, details: 5, surprise: {} }], also: [] };
    expect(modelsIn(answer)).toEqual([
      { name: "smollm2:135m", digest: `sha256:${hex}`, bytes: 98, modifiedAt: Date.parse("2026-11-23T16:55:11.459Z") },
    ]);
  });

  test("tells whose prompts leave the machine", () => {
    const [found] = modelsIn({ models: [{ ...model, remote_host: "https://ollama.com:443" }] });
    expect(found?.remoteHost).toBe("https://ollama.com:443");
  });

  test.each([["null"], ["undefined"]])("may be %s where there is none", (none) => {
    expect(modelsIn({ models: none === "null" ? null : undefined })).toEqual([]);
  });

  test.each([
    ["no object", "models"],
    ["a list", []],
    ["null", null],
    ["models that are no list", { models: {} }],
    ["a name that is a number", { models: [{ ...model, name: 5 }] }],
    ["a name with control characters", { models: [{ ...model, name: "a\u001b[31m" }] }],
    ["a name with a line break", { models: [{ ...model, name: "a\nb" }] }],
    ["a name with letters that run backwards", { models: [{ ...model, name: "a\u202eb" }] }],
    ["an empty name", { models: [{ ...model, name: "" }] }],
    ["a name without end", { models: [{ ...model, name: "x".repeat(10_000) }] }],
    ["a digest that is too short", { models: [{ ...model, digest: "abc" }] }],
    ["a digest of another kind", { models: [{ ...model, digest: `md5:${hex}` }] }],
    ["no digest", { models: [{ ...model, digest: undefined }] }],
    ["a negative size", { models: [{ ...model, size: -1 }] }],
    ["a size beyond counting", { models: [{ ...model, size: 1e300 }] }],
    ["an infinite size", { models: [{ ...model, size: JSON.parse("1e999") }] }],
    ["a size that is text", { models: [{ ...model, size: "98" }] }],
    ["a time that is none", { models: [{ ...model, modified_at: "yesterday" }] }],
    ["more models than a host can have", { models: Array.from({ length: 10_001 }, () => model) }],
  ])("is refused: %s", (_, answer) => {
    const read = (): unknown => modelsIn(answer);
    expect(read).toThrow(
      expect.objectContaining({ code: "BadResponse", message: expect.not.stringMatching(/\p{Cc}/u) }),
    );
  });
});

describe("a list of loaded models", () => {
  const loaded = { ...model, size: 100, size_vram: 60, context_length: 4096, expires_at: "2026-11-23T17:00:00Z" };

  test("is read", () => {
    expect(loadedIn({ models: [loaded] })).toEqual([
      {
        name: "smollm2:135m",
        digest: `sha256:${hex}`,
        bytes: 100,
        vramBytes: 60,
        context: 4096,
        expiresAt: Date.UTC(2026, 10, 23, 17),
      },
    ]);
  });

  test.each([
    [
      "what was loaded to stay never ends",
      { expires_at: "2318-03-05T03:21:10.123456789+01:00" },
      { expiresAt: "never" },
    ],
    [
      "sizes that are left out are 0",
      { size: undefined, size_vram: undefined, context_length: undefined },
      { bytes: 0, vramBytes: 0, context: 0 },
    ],
    ["no more is on the accelerator than there is", { size: 100, size_vram: 5_000 }, { bytes: 100, vramBytes: 100 }],
  ])("%s", (_, change, expected) => {
    expect(loadedIn({ models: [{ ...loaded, ...change }] })[0]).toMatchObject(expected);
  });
});

describe("a version", () => {
  test.each([
    [{ version: "" }],
    [{ version: "1.0\n" }],
    [{ version: 5 }],
    [{}],
    [{ version: "x".repeat(65) }],
    ["0.24.0"],
  ])("is not %j", (answer) => {
    expect(() => versionIn(answer)).toThrow(expect.objectContaining({ code: "BadResponse" }));
  });

  test.each([
    ["0.24.0", "registry"],
    ["0.20.0", "registry"],
    ["0.20.0-rc1", "registry"],
    ["v0.33.1", "registry"],
    ["0.19.9", "own-encoding"],
    ["0.0.0", "unknown-version"],
    ["unknown", "unknown-version"],
  ])("%s lists digests as %s", (version, trust) => {
    expect(digestTrust(version)).toBe(trust);
  });
});

describe("a description", () => {
  test("leaves out what is nested, long or not a fact, and takes any key for a key", () => {
    const info = JSON.parse(
      `{"llama.block_count":2,"a":"text","b":true,"c":[1,2],"d":{},"e":null,"__proto__":7,"f":${JSON.stringify("x".repeat(5_000))}}`,
    ) as unknown;
    const { facts } = descriptionIn({ model_info: info });
    expect([...facts]).toEqual([
      ["llama.block_count", 2],
      ["a", "text"],
      ["b", true],
      ["__proto__", 7],
    ]);
    expect({}).not.toHaveProperty("7");
  });

  test.each([
    ["a word", "num_ctx                        4096", [{ name: "num_ctx", value: "4096" }]],
    ["a number in Go's form", "num_predict                    1e+06", [{ name: "num_predict", value: "1e+06" }]],
    [
      "text with Go's escapes",
      'stop                           "a\\x1b\\u00e9\\n\\"\\\\"',
      [{ name: "stop", value: 'a\x1bé\n"\\' }],
    ],
    ["a code point that is none", 'stop                           "\\U7fffffff"', [{ name: "stop", value: "\ufffd" }]],
    [
      "a list",
      'stop                           "a"\nstop                           "b"',
      [
        { name: "stop", value: "a" },
        { name: "stop", value: "b" },
      ],
    ],
    ["nonsense", "\n \nlonely", []],
  ])("reads parameters: %s", (_, text, expected) => {
    expect(descriptionIn({ parameters: text }).parameters).toEqual(expected);
  });

  test("finds the blobs that the recipe names, and nothing that only looks like it", () => {
    const modelfile = `# FROM smollm2\nFROM /root/.ollama/models/blobs/sha256-${hex}\nADAPTER /x/sha256-${"cd".repeat(32)}\nTEMPLATE """sha256-${hex}"""\n`;
    expect(descriptionIn({ modelfile }).blobs).toEqual([`sha256:${hex}`, `sha256:${"cd".repeat(32)}`]);
  });

  test("of a host that says nothing is empty", () => {
    expect(descriptionIn({})).toMatchObject({ format: "", capabilities: [], parameters: [], template: "", blobs: [] });
  });

  test.each([
    ["a template without end", { template: "x".repeat(2_000_000) }],
    ["capabilities that are no list", { capabilities: "all" }],
    ["a system prompt that is a number", { system: 5 }],
  ])("is refused: %s", (_, answer) => {
    expect(() => descriptionIn(answer)).toThrow(expect.objectContaining({ code: "BadResponse" }));
  });
});

describe("a reference", () => {
  test.each([
    ["smollm2", "smollm2:latest"],
    ["smollm2:135m", "smollm2:135m"],
    ["library/smollm2", "smollm2:latest"],
    ["registry.ollama.ai/library/smollm2:135m", "smollm2:135m"],
    ["someone/model", "someone/model:latest"],
    ["hf.co/owner/repo:Q4_K_M", "hf.co/owner/repo:Q4_K_M"],
    ["127.0.0.1:5000/library/tiny", "127.0.0.1:5000/library/tiny:latest"],
    ["http://127.0.0.1:5000/library/tiny:1", "127.0.0.1:5000/library/tiny:1"],
  ])("%s is listed as %s", (reference, listed) => {
    expect(listedName(reference)).toBe(listed);
  });
});
