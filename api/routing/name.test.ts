import { describe, expect, test } from "vitest";
import { deployment } from "../../test/gateway/objects.ts";
import { snapshotOf } from "../catalogue/snapshot.ts";
import { resolveModel } from "./name.ts";

const names = ["default/llama3", "default/qwen3", "lab/llama3", "lab/phi"];
const snapshot = snapshotOf({ members: [], hosts: [], deployments: names.map((name) => deployment(name, [])) });

function resolved(asked: string, allowed?: readonly string[]): string {
  const { metadata } = resolveModel(asked, snapshot, allowed && new Set(allowed));
  return `${metadata.namespace}/${metadata.name}`;
}

describe("a model's name", () => {
  const found: Record<string, { asked: string; allowed?: string[]; is: string }> = {
    "alone, where one deployment has it": { asked: "qwen3", is: "default/qwen3" },
    "with its namespace": { asked: "lab/llama3", is: "lab/llama3" },
    "with :latest, as Ollama's clients add it": { asked: "phi:latest", is: "lab/phi" },
    "with both": { asked: "default/llama3:latest", is: "default/llama3" },
    "alone, where the key may use one of two": { asked: "llama3", allowed: ["lab/llama3"], is: "lab/llama3" },
  };
  for (const [words, { asked, allowed, is }] of Object.entries(found))
    test(words, () => expect(resolved(asked, allowed)).toBe(is));
});

describe("is refused", () => {
  const refused: Record<string, { asked: string; allowed?: string[]; status: number; says: string }> = {
    "where two have it": {
      asked: "llama3",
      status: 400,
      says: "llama3 names more than one model: default/llama3 and lab/llama3. Write the full name.",
    },
    "where it is nearly right": {
      asked: "qwen4",
      status: 404,
      says: "There is no model qwen4 for this key. Nearest: qwen3.",
    },
    "where a full name is nearly right": {
      asked: "lab/ph",
      status: 404,
      says: "There is no model lab/ph for this key. Nearest: lab/phi.",
    },
    "with a tag that means nothing here": {
      asked: "phi:q4",
      status: 404,
      says: "There is no model phi:q4 for this key. There are default/llama3, lab/llama3, phi and qwen3.",
    },
    "where nothing is near": {
      asked: "gemma",
      status: 404,
      says: "There is no model gemma for this key. There are default/llama3, lab/llama3, phi and qwen3.",
    },
    "where the key may not use it, as if it did not exist": {
      asked: "qwen3",
      allowed: ["lab/phi"],
      status: 404,
      says: "There is no model qwen3 for this key. There are phi.",
    },
    "where the key may use none": {
      asked: "qwen3",
      allowed: [],
      status: 404,
      says: "There is no model qwen3 for this key. It may use no model yet.",
    },
    "where it is empty but for the tag": {
      asked: ":latest",
      status: 404,
      says: "There is no model :latest for this key. There are default/llama3, lab/llama3, phi and qwen3.",
    },
  };
  for (const [words, { asked, allowed, status, says }] of Object.entries(refused)) {
    test(words, () =>
      expect(() => resolved(asked, allowed)).toThrow(
        expect.objectContaining({ status, message: says, param: "model" }),
      ),
    );
  }
});
