/** The chart as a release publishes it: packaged, in a registry, and installed from there by its version. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { type StartedRegistry, startTestRegistry } from "../doubles/registry/start.ts";
import { programPath } from "../programs/program-path.ts";
import { run } from "../programs/run.ts";
import { chart, namespace, renderedText } from "./helm.ts";

const { version } = parse(readFileSync(join(chart, "Chart.yaml"), "utf8")) as { version: string };
let registry: StartedRegistry;
let published: string[];

beforeAll(async () => {
  registry = await startTestRegistry();
  const folder = scratchDirectory("packaged");
  await helm("package", chart, "--destination", folder);
  await helm("push", join(folder, `commonhold-${version}.tgz`), `oci://${registry.host}/charts`, "--plain-http");
  published = [`oci://${registry.host}/charts/commonhold`, "--version", version, "--plain-http"];
});
afterAll(() => registry?.discard());

test("what is installed from it is what is installed from the sources", async () => {
  expect(await helm("template", "commonhold", ...published, "--namespace", namespace)).toBe(await renderedText({}));
});

test("it brings its profiles with it, and says what it is", async () => {
  const folder = scratchDirectory("pulled");
  await helm("pull", ...published, "--untar", "--untardir", folder);
  for (const name of ["values-small.yaml", "values-community.yaml", "README.md", "values.schema.json"]) {
    expect(readFileSync(join(folder, "commonhold", name), "utf8")).toBe(readFileSync(join(chart, name), "utf8"));
  }
  expect(await helm("show", "readme", ...published)).toContain("AI that a community owns");
});

test("the command in its README installs it", async () => {
  const readme = readFileSync(join(chart, "README.md"), "utf8");
  const values = [...readme.matchAll(/--set '([^']+)'/g)].flatMap(([, value]) => ["--set", value ?? ""]);
  expect(values).toHaveLength(4);
  const rendered = await helm("template", "commonhold", ...published, "--namespace", namespace, ...values);
  expect(rendered).toContain("name: commonhold-ollama-gaming-pc");
});

async function helm(...args: string[]): Promise<string> {
  return run(await programPath("helm"), args);
}
