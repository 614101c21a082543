import fc from "fast-check";
import { expect, test } from "vitest";
import { runs } from "../runs.ts";
import { anyValues } from "./any-values.ts";
import { render } from "./helm.ts";
import { findings } from "./kubeconform.ts";

/** Of the schema, of a check of ours, or of a namespace; anything else is a template that broke. */
const sentences = [/values don't meet the specifications of the schema/, /These values do not fit:\n- /];

/** Fifty in every run, a thousand in the full one; kubeconform is asked once about all of them. */
test("any values are refused with a sentence, or make what Kubernetes takes field by field", {
  timeout: 900_000,
}, async () => {
  const taken: string[] = [];
  let refused = 0;
  const property = fc.asyncProperty(anyValues, async (values) => {
    const rendered = await render(values);
    if ("text" in rendered) taken.push(rendered.text);
    else {
      refused++;
      expect(
        sentences.some((sentence) => sentence.test(rendered.refusal)),
        rendered.refusal,
      ).toBe(true);
    }
  });
  await fc.assert(property, runs(50));
  expect(taken.length).toBeGreaterThan(5);
  expect(refused).toBeGreaterThan(5);
  expect(await findings(taken, "1.36.3")).toEqual([]);
});
