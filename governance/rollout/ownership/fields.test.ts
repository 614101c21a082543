import { describe, expect, test } from "vitest";
import { beyond, covers, type Fields, fieldsAt, touches, union, without } from "./fields.ts";

const leaf = {};
const spec = { "f:model": { "f:ollama": leaf }, "f:priority": leaf };

describe("the union of two sets", () => {
  test.each<[string, Fields, Fields, Fields]>([
    ["has the fields of both", { "f:a": leaf }, { "f:b": leaf }, { "f:a": leaf, "f:b": leaf }],
    ["has a field of both once", spec, { "f:priority": leaf }, spec],
    [
      "keeps a field beside what is within it",
      { "f:a": leaf },
      { "f:a": { "f:b": leaf } },
      { "f:a": { "f:b": leaf, ".": leaf } },
    ],
    ["does so from either side", { "f:a": { "f:b": leaf } }, { "f:a": leaf }, { "f:a": { "f:b": leaf, ".": leaf } }],
  ])("%s", (_, a, b, joined) => {
    expect(union(a, b)).toEqual(joined);
  });
});

describe("a set without another", () => {
  test.each<[string, Fields, Fields, Fields | undefined]>([
    ["loses what the other has", spec, { "f:priority": leaf }, { "f:model": { "f:ollama": leaf } }],
    ["loses all that is within what the other has", spec, { "f:model": leaf }, { "f:priority": leaf }],
    ["is nothing where the other has all of it", spec, spec, undefined],
    [
      "is nothing where only the mapping itself is left",
      { "f:a": { ".": leaf, "f:b": leaf } },
      { "f:a": { "f:b": leaf } },
      undefined,
    ],
    [
      "keeps a field as a whole where the other has a part of it",
      { "f:a": leaf },
      { "f:a": { "f:b": leaf } },
      { "f:a": leaf },
    ],
    ["stays as it is where they have nothing in common", spec, { "f:x": leaf }, spec],
  ])("%s", (_, fields, taken, left) => {
    expect(without(fields, taken)).toEqual(left);
  });
});

describe("beyond a value", () => {
  test.each<[string, Fields, Parameters<typeof beyond>[1], Fields | undefined]>([
    ["is nothing of what it has", spec, { model: { ollama: "x" }, priority: 1 }, undefined],
    ["is a field that it has not", spec, { model: { ollama: "x" } }, { "f:priority": leaf }],
    ["is everything within a mapping that it has not", spec, { priority: 1 }, { "f:model": { "f:ollama": leaf } }],
    [
      "is a member of a set that it has not",
      { "f:r": { 'v:"a"': leaf, 'v:"b"': leaf } },
      { r: ["a"] },
      { "f:r": { 'v:"b"': leaf } },
    ],
    [
      "is an item of a list that it has not",
      { "f:k": { 'k:{"id":"a"}': leaf, 'k:{"id":"b"}': leaf } },
      { k: [{ id: "a" }] },
      { "f:k": { 'k:{"id":"b"}': leaf } },
    ],
    [
      "is a field of an item that its item has not",
      { "f:k": { 'k:{"id":"a"}': { "f:x": leaf } } },
      { k: [{ id: "a" }] },
      { "f:k": { 'k:{"id":"a"}': { "f:x": leaf } } },
    ],
    ["is nothing of a list that is one value", { "f:l": leaf }, { l: [1, 2] }, undefined],
    ["is not the mapping itself", { "f:a": { ".": leaf } }, { a: {} }, undefined],
    ["is all of it where there is no value", spec, undefined, spec],
  ])("%s", (_, fields, value, found) => {
    expect(beyond(fields, value)).toEqual(found);
  });
});

describe("a set covers a value", () => {
  test.each<[string, boolean, Fields | undefined, Parameters<typeof covers>[1]]>([
    ["whose every field it has", true, spec, { model: { ollama: "x" }, priority: 1 }],
    ["that has less", true, spec, { priority: 1 }],
    ["that has an empty mapping", true, { "f:a": leaf }, { a: {} }],
    ["that it has as a whole", true, { "f:a": leaf }, { a: { b: 1 } }],
    ["but not one that has more", false, spec, { model: { ollama: "x", digest: "y" } }],
    ["but not one with a list that it has not", false, spec, { roles: [] }],
    ["but nothing where there is no set", false, undefined, { a: 1 }],
  ])("%s", (_, holds, fields, value) => {
    expect(covers(fields, value)).toBe(holds);
  });
});

describe("a set touches a path", () => {
  const path = ["spec", "model", "ollama"];
  test.each<[string, boolean, Fields]>([
    ["that it has", true, { "f:spec": spec }],
    ["within what it has as a whole", true, { "f:spec": { "f:model": leaf } }],
    ["of which it has a part", true, fieldsAt([...path, "x"])],
    ["but not one beside what it has", false, { "f:spec": { "f:model": { "f:files": leaf } } }],
  ])("%s", (_, holds, fields) => {
    expect(touches(fields, path)).toBe(holds);
  });
});
