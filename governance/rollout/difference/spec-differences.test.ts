import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../operator/tlog/canonical-json.ts";
import { rolloutKinds } from "../kinds.ts";
import { withDefaults } from "./defaults.ts";
import { specDifferences } from "./spec-differences.ts";

function kindNamed(name: string) {
  return rolloutKinds.find(({ type }) => type.kind === name)!;
}

const said: Record<string, JsonObject> = {
  ModelDeployment: { model: { ollama: "tiny" }, parameters: { stop: ["a", "b"] } },
  ModelHost: {
    owner: "alice",
    endpoint: { direct: { url: "https://gpu.example.org" } },
    hardware: { memory: "16Gi" },
    quietHours: [{ start: "22:00", end: "06:00" }],
  },
  Member: { roles: ["member"] },
};

interface Case {
  readonly kind: keyof typeof said;
  readonly live: (spec: Record<string, never>) => unknown;
  /** Paths that differ; with a `?` behind where the policy does not speak of it. */
  readonly differs: readonly string[];
}

const cases: Record<string, Case> = {
  "what was filled in with defaults is the same": { kind: "ModelDeployment", live: (spec) => spec, differs: [] },
  "so are defaults within the items of a list": { kind: "ModelHost", live: (spec) => spec, differs: [] },
  "the order of a set is the API server's": {
    kind: "ModelDeployment",
    live: (spec) => ({ ...spec, parameters: { stop: ["b", "a"] } }),
    differs: [],
  },
  "keys of a member are left to others": {
    kind: "Member",
    live: (spec) => ({ ...spec, keys: [{ id: "laptop" }] }),
    differs: [],
  },
  "another value": {
    kind: "ModelDeployment",
    live: (spec) => ({ ...spec, model: { ollama: "other" } }),
    differs: ["spec.model.ollama"],
  },
  "a value that is gone": {
    kind: "ModelDeployment",
    live: (spec) => ({ ...spec, model: {} }),
    differs: ["spec.model.ollama"],
  },
  "a value in place of a default": {
    kind: "ModelDeployment",
    live: (spec) => ({ ...spec, update: "Track" }),
    differs: ["spec.update?"],
  },
  "a field that has no default": {
    kind: "ModelDeployment",
    live: (spec) => ({ ...spec, replicas: 1 }),
    differs: ["spec.replicas?"],
  },
  "a field that no schema knows": {
    kind: "ModelDeployment",
    live: (spec) => ({ ...spec, surprise: { deep: 1 } }),
    differs: ["spec.surprise?"],
  },
  "a member more in a set": {
    kind: "Member",
    live: (spec) => ({ ...spec, roles: ["member", "maintainer"] }),
    differs: ["spec.roles"],
  },
  "another order of a list that is one value": {
    kind: "ModelHost",
    live: (spec) => ({ ...spec, quietHours: [{ start: "06:00", end: "22:00", timeZone: "UTC" }] }),
    differs: ["spec.quietHours"],
  },
  "no spec at all": { kind: "Member", live: () => undefined, differs: ["spec"] },
};

describe("differs", () => {
  for (const [sentence, { kind, live, differs }] of Object.entries(cases)) {
    test(sentence, () => {
      const of = kindNamed(kind);
      const filled = withDefaults(of.schema, said[kind]!) as Record<string, never>;
      const found = specDifferences(said[kind]!, live(filled) as never, of);
      expect(found.map(({ path, isSaid }) => `${path.join(".")}${isSaid ? "" : "?"}`)).toEqual(differs);
    });
  }

  test("keys are the policy's where it speaks of them", () => {
    const of = kindNamed("Member");
    const found = specDifferences({ ...said["Member"], keys: [] }, { ...said["Member"], keys: [{ id: "x" }] }, of);
    expect(found).toContainEqual({ path: ["spec", "keys"], isSaid: true, unwanted: { 'k:{"id":"x"}': {} } });
  });
});
