/** Trees of files for tests: a good small policy, and what differs. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Parsed, problemSentence } from "../constitution/documents/problem.ts";
import type { Policy } from "./policy.ts";
import { type PolicyTree, readPolicy } from "./read-policy.ts";

/** Text of a plain file, or a file of another mode. Undefined: not there. */
export type Files = Readonly<Record<string, string | { readonly mode: string; readonly text: string } | undefined>>;

const example = (name: string): string =>
  readFileSync(join(import.meta.dirname, "../constitution/examples/three-friends", name), "utf8");

export const constitution = example("constitution.yaml");
export const members = example("members.yaml");

export function model(name: string, namespace = "community", spec = "{model: {ollama: smollm2:135m}}"): string {
  return `apiVersion: commonhold.dev/v1alpha1\nkind: ModelDeployment\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: ${spec}\n`;
}

export function host(name: string, owner: string, more = ""): string {
  return `apiVersion: commonhold.dev/v1alpha1
kind: ModelHost
metadata: {name: ${name}}
spec:
  owner: ${owner}
  endpoint: {direct: {url: "https://${name}.example:11434"}}
  hardware: {memory: 24Gi}
${more}`;
}

export const files: Files = {
  "README.md": "# Ours\n",
  "constitution.yaml": constitution,
  "hosts/alice-desktop.yaml": host("alice-desktop", "alice"),
  "members.yaml": members,
  "models/smollm2.yaml": model("smollm2"),
};

export function treeOf(given: Files): PolicyTree {
  const sorted = Object.entries(given).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const there = sorted.flatMap(([path, file]) => (file === undefined ? [] : [[path, file] as const]));
  const blobs = new Map<string, Uint8Array>();
  const entries = there.map(([path, file]) => {
    const { mode, text } = typeof file === "string" ? { mode: "100644", text: file } : file;
    const bytes = Buffer.from(text, "utf8");
    const oid = createHash("sha1").update(bytes).digest("hex");
    blobs.set(oid, bytes);
    return { path, mode, oid, size: bytes.length };
  });
  return { entries, blobs };
}

export const namespaces = ["community", "lab"];

export function read(changes: Files = {}): Parsed<Policy> {
  return readPolicy(treeOf({ ...files, ...changes }), { namespaces });
}

export function problemsOf(changes: Files): string {
  const parsed = read(changes);
  return parsed.ok ? "" : parsed.problems.map(problemSentence).join("\n");
}

/** Throws with every problem where it is not good. */
export function policyOf(changes: Files = {}): Policy {
  const parsed = read(changes);
  if (parsed.ok) return parsed.value;
  throw new Error(parsed.problems.map(problemSentence).join("\n"));
}
