import { expect, test } from "vitest";
import { peersFrom } from "./variants.ts";

const none = { urls: [], keys: [], models: [], pids: [] };

test("a peer is known by its base URL; key, model and process are added by its name", () => {
  const [peer] = peersFrom({
    urls: ["litellm=http://127.0.0.1:4000/v1"],
    keys: ["litellm=sk-a=b"],
    models: ["litellm=mock"],
    pids: ["litellm=42"],
  });
  expect(peer?.target).toEqual({ url: "http://127.0.0.1:4000/v1", key: "sk-a=b", model: "mock" });
  expect(peer?.pids()).toEqual([42]);
});

test("of a peer without a process nothing is claimed about CPU", () => {
  expect(peersFrom({ ...none, urls: ["a=http://localhost:1/v1"] })[0]?.pids()).toEqual([]);
});

test.each([
  { name: "no name", options: { urls: ["http://127.0.0.1:1/v1"] }, words: "write --peer NAME=VALUE" },
  { name: "no URL", options: { urls: ["a="] }, words: "write --peer NAME=VALUE" },
  { name: "something that is no URL", options: { urls: ["a=4000"] }, words: "write its base URL" },
  { name: "TLS", options: { urls: ["a=https://127.0.0.1:1/v1"] }, words: "write its base URL" },
  { name: "another machine", options: { urls: ["a=http://10.0.0.1/v1"] }, words: "this machine only" },
  { name: "a public service", options: { urls: ["a=http://api.example.org/v1"] }, words: "this machine only" },
  { name: "a name of ours", options: { urls: ["nginx=http://127.0.0.1:1/v1"] }, words: "is taken" },
  { name: "a key for nobody", options: { keys: ["b=k"] }, words: "there is no --peer b=URL" },
  {
    name: "a process that is no number",
    options: { urls: ["a=http://127.0.0.1:1/v1"], pids: ["a=x"] },
    words: "no process id",
  },
])("$name is refused in words", ({ options, words }) => {
  expect(() => peersFrom({ ...none, ...options })).toThrow(words);
});
