/** What can be known of the policies without an API server; what they do is tried in test/enforcement. */
import { describe, expect, test } from "vitest";
import { kinds } from "../kinds.ts";
import { governedNamespaces } from "./admission/governed-namespaces.ts";
import { governedObjects } from "./admission/governed-objects.ts";
import { keptKinds } from "./admission/kept-kinds.ts";
import { text } from "./admission/policy.ts";
import { admissionManifests, guardManifests } from "./admission.ts";

interface Manifest {
  kind?: string;
  metadata?: { name: string };
  spec?: { failurePolicy?: string; policyName?: string; validationActions?: string[]; validations?: object[] };
}

const manifests = [...admissionManifests(kinds).values(), ...guardManifests(kinds).values()].flat() as Manifest[];
const policies = manifests.filter(({ kind }) => kind === "ValidatingAdmissionPolicy");

describe("every policy", () => {
  test("is bound once, and refuses", () => {
    const bindings = manifests.filter(({ kind }) => kind === "ValidatingAdmissionPolicyBinding");
    expect(bindings.map(({ spec }) => spec?.policyName).sort()).toEqual(
      policies.map(({ metadata }) => metadata?.name).sort(),
    );
    for (const { spec } of bindings) expect(spec?.validationActions).toContain("Deny");
  });

  test("refuses where it cannot be computed, and each refusal is a 403 with a sentence", () => {
    for (const { spec } of policies) {
      expect(spec?.failurePolicy).toBe("Fail");
      for (const validation of spec?.validations ?? [])
        expect(validation).toMatchObject({ reason: "Forbidden", messageExpression: expect.stringContaining("'") });
    }
  });

  test("uses no variable before it is defined: the API server would not take it", () => {
    for (const policy of [governedObjects(kinds), governedNamespaces(), keptKinds(kinds)]) {
      const known = new Set<string>();
      for (const [name, expression] of Object.entries(policy.variables)) {
        expect(used(expression).filter((one) => !known.has(one))).toEqual([]);
        known.add(name);
      }
      for (const { expression, sentence } of policy.validations)
        expect(used(`${expression} ${sentence}`).filter((one) => !known.has(one))).toEqual([]);
    }
  });
});

test("every kind is governed, with each subresource by which it can be written", () => {
  const [rule] = governedObjects(kinds).resourceRules;
  for (const { plural, status, scale } of kinds) {
    expect(rule?.resources).toContain(plural);
    if (status) expect(rule?.resources).toContain(`${plural}/status`);
    if (scale) expect(rule?.resources).toContain(`${plural}/scale`);
  }
});

test("a kind of which nobody said what goes with it cannot be added", () => {
  const added = { plural: "ledgers" } as (typeof kinds)[number];
  expect(() => keptKinds([...kinds, added])).toThrow("what goes with ledgers.commonhold.dev is not said");
});

test("a string that would end a CEL string early is refused", () => {
  for (const wrong of ["it's", "a\\", "a\nb"]) expect(() => text(wrong)).toThrow("holds no quote, backslash");
  expect(text("commonhold.dev/abandon")).toBe("'commonhold.dev/abandon'");
});

function used(expression: string): string[] {
  return [...expression.matchAll(/variables\.(\w+)/g)].map((match) => match[1] ?? "");
}
