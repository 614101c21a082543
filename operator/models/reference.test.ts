import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyText } from "../../test/any-text.ts";
import vectors from "../../test/models/ollama-names.json" with { type: "json" };
import { runs } from "../../test/runs.ts";
import type { ModelError } from "./model-error.ts";
import {
  canonicalReference,
  displayReference,
  libraryHost,
  parseReference,
  type Reference,
  sameReference,
} from "./reference.ts";

interface Vector extends Partial<Record<"scheme" | "host" | "namespace" | "model" | "tag" | "display", string>> {
  text: string;
  valid: boolean;
}

function errorOf(text: string): ModelError {
  try {
    parseReference(text);
  } catch (error) {
    return error as ModelError;
  }
  return expect.fail(`${text} was taken`);
}

describe("held to what Ollama's own parser says", () => {
  const isStricterHere = (vector: Vector): boolean =>
    !["http", "https"].includes(vector.scheme ?? "") || /(^|-)cloud$/i.test(vector.tag ?? "");
  const taken = (vectors as Vector[]).filter((vector) => vector.valid && !isStricterHere(vector));
  const refused = (vectors as Vector[]).filter((vector) => !vector.valid || isStricterHere(vector));

  test.each(taken.map((vector) => [vector.text, vector] as const))("takes %j", (text, vector) => {
    const reference = parseReference(text);
    const { scheme, host, namespace, model, tag } = vector;
    expect(reference).toEqual({ scheme, host, namespace, model, tag });
    expect(displayReference(reference)).toBe(vector.display);
  });

  test.each(refused.map((vector) => [vector.text]))("refuses %j", (text) => {
    expect(["InvalidReference", "LeavesTheMachine"]).toContain(errorOf(text).code);
  });
});

describe("a refusal says which part is wrong and why", () => {
  test.each([
    ["an empty tag", "smollm2:", "its tag is missing"],
    ["an empty model", "me/:tag", "its model is missing"],
    ["an empty namespace", "host//model", "its namespace is missing"],
    ["a dot in a namespace", "my.team/model", 'its namespace is "my.team"'],
    ["a space", "smol lm", "may hold only letters, digits and _ - ."],
    ["a tag that begins with a dash", "smollm2:-x", "the first a letter, digit or _"],
    ["too long a model", "a".repeat(81), "its model has 81 characters, 80 are the most"],
    ["another scheme", "ftp://example.org/a/b", '"ftp" is no scheme'],
    ["a digest, which no host can pull by", "smollm2@sha256:abc", "its model is"],
    ["control characters, shown as such", "\u001b[31m", "\\x1b[31m"],
    ["a mark that is no tag", "smollm2:local", "leave it out"],
  ])("%s", (_, text, words) => {
    const error = errorOf(text);
    expect(error).toMatchObject({ code: "InvalidReference", kind: "terminal" });
    expect(error.message).toContain(words);
  });
});

describe("a model of Ollama's cloud is refused, because prompts would leave the machine", () => {
  test.each(["gpt-oss:120b-cloud", "gpt-oss:cloud", "gpt-oss:20b:cloud", "deepseek-v3.1:671B-CLOUD", "me/x:cloud "])(
    "%j",
    (text) => {
      expect(errorOf(text)).toMatchObject({ code: "LeavesTheMachine", kind: "terminal" });
    },
  );

  test("a model that only has cloud in its name is none", () => {
    expect(parseReference("cloud/cloud-7b:7b").model).toBe("cloud-7b");
    expect(parseReference("cloud").model).toBe("cloud");
  });
});

const part = (first: string, others: string, lengthMax: number) =>
  fc
    .tuple(fc.constantFrom(...first), fc.string({ unit: fc.constantFrom(...others), maxLength: lengthMax - 1 }))
    .map(([head, tail]) => head + tail);
const letters = "abcXYZ019_";
const reference: fc.Arbitrary<Reference> = fc
  .record({
    scheme: fc.constantFrom("https" as const, "http" as const),
    host: fc.oneof(fc.constant(libraryHost), part(letters, `${letters}-.:`, 30)),
    namespace: fc.oneof(fc.constant("library"), part(letters, `${letters}-`, 20)),
    model: part(letters, `${letters}-.`, 20),
    tag: part(letters, `${letters}-.`, 20),
  })
  .filter(({ tag }) => !/^(cloud|local)$|-cloud$/i.test(tag));

describe("for every reference", () => {
  test("the canonical form means the same model", () => {
    fc.assert(
      fc.property(reference, (given) => {
        expect(parseReference(canonicalReference(given))).toEqual(given);
      }),
    );
  });

  test("the display form means the same model", () => {
    fc.assert(
      fc.property(reference, (given) => {
        expect(sameReference(parseReference(displayReference(given)), given)).toBe(true);
      }),
    );
  });

  test("any text is either taken or refused with a ModelError that is printable", () => {
    fc.assert(
      fc.property(anyText(400), (text) => {
        try {
          parseReference(text);
        } catch (error) {
          expect(error).toMatchObject({ name: "ModelError", kind: "terminal" });
          expect((error as Error).message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        }
      }),
      runs(100),
    );
  });
});
