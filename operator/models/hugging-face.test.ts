import { describe, expect, test } from "vitest";
import { huggingFaceReference, isHuggingFace } from "./hugging-face.ts";
import { displayReference, parseReference } from "./reference.ts";

const repo = "bartowski/Llama-3.2-1B-Instruct-GGUF";

test.each([
  ["a quantization", { repo, quantization: "Q4_K_M" }, `hf.co/${repo}:Q4_K_M`],
  ["a file", { repo, file: "Llama-3.2-1B-Instruct-IQ3_M.gguf" }, `hf.co/${repo}:Llama-3.2-1B-Instruct-IQ3_M.gguf`],
  ["neither: what Hugging Face takes by default", { repo }, `hf.co/${repo}:latest`],
])("names %s as Ollama pulls it", (_, source, text) => {
  expect(displayReference(huggingFaceReference(source))).toBe(text);
  expect(isHuggingFace(huggingFaceReference(source))).toBe(true);
});

describe("refuses, with what to do instead,", () => {
  test.each([
    ["a file and a quantization", { repo, file: "a.gguf", quantization: "Q8_0" }, "leave one of them out"],
    ["a part of a split model", { repo, file: "big-Q8_0-00001-of-00003.gguf" }, "list its parts under files"],
    ["a file name that Ollama cannot say", { repo, file: `${"x".repeat(80)}.gguf` }, "name its quantization instead"],
    ["a file in a folder", { repo, file: "Q8_0/model.gguf" }, "give its URL under files"],
    ["an owner with a dot", { repo: "my.org/model" }, 'its namespace is "my.org"'],
    ["a repository without owner", { repo: "model" }, "is not a model reference"],
    ["a repository with too long a name", { repo: `me/${"x".repeat(90)}` }, "80 are the most"],
  ])("%s", (_, source, words) => {
    expect(() => huggingFaceReference(source)).toThrow(words);
  });
});

test("other registries are not Hugging Face", () => {
  expect(isHuggingFace(parseReference("smollm2"))).toBe(false);
});
