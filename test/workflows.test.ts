/** What runs with our rights on somebody else's machines is named by its commit, has an end, and may do no more than it says. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly "timeout-minutes"?: number;
  readonly steps: readonly { readonly uses?: string; readonly with?: Readonly<Record<string, unknown>> }[];
}

const folder = join(import.meta.dirname, "../.github/workflows");

describe.each(readdirSync(folder))("%s", (file) => {
  const text = readFileSync(join(folder, file), "utf8");
  const { permissions, jobs } = parse(text) as Workflow;

  test("names each action by its commit, with the version beside it", () => {
    const uses = text.split("\n").filter((line) => /^\s*(- )?uses:/.test(line));
    expect(uses.length).toBeGreaterThan(0);
    for (const line of uses) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test("may read the sources and nothing else, but for what a job names", () => {
    expect(permissions).toEqual({ contents: "read" });
  });

  test.each(Object.entries(jobs))("ends its job %s in time, and leaves no token behind", (_, job) => {
    expect(job["timeout-minutes"]).toBeLessThanOrEqual(180);
    const checkouts = job.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    for (const checkout of checkouts) expect(checkout.with?.["persist-credentials"]).toBe(false);
  });
});
