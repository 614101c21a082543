import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { testGateway } from "../../test/gateway/gateway.ts";
import { metricsReaders } from "../http/operations.ts";
import { metricTable } from "../metrics/names.ts";
import { hostChanges } from "../protocols/ollama/routes.ts";
import { variables } from "../settings.ts";
import { generatedReference } from "./files.ts";
import { openapi } from "./openapi.ts";

describe("the reference", () => {
  for (const [path, content] of generatedReference()) {
    test(`${path} is committed as \`npm run generate\` writes it`, () =>
      expect(readFileSync(path, "utf8")).toBe(content));
  }

  test("names every metric with its kind and labels, and none that does not exist", () => {
    const page = readFileSync("docs/reference/gateway-metrics.md", "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| (.*?) \|/gm)].map(([, name, kind, labels]) => [
      name,
      kind,
      labels,
    ]);
    expect(rows).toEqual(
      Object.values(metricTable).map(({ name, kind, labels }) => [
        name,
        kind,
        labels.map((label) => `\`${label}\``).join(", "),
      ]),
    );
  });

  test("names every variable, and none that does not exist", () => {
    const page = readFileSync("docs/reference/gateway-settings.md", "utf8");
    expect([...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name)).toEqual(variables.map(({ name }) => name));
  });

  test("describes every route that is served, and none that is not", async () => {
    const { url, gateway } = await testGateway();
    const served = new Set<string>();
    for (const [path, operations] of Object.entries(openapi().paths)) {
      for (const method of Object.keys(operations)) {
        served.add(path);
        const reply = await fetch(url + path.replace("{model}", "x"), { method: method.toUpperCase() });
        expect([
          path,
          reply.headers.get("content-type")?.includes("json") &&
            (await reply.clone().text()).includes("route_not_found"),
        ]).toEqual([path, false]);
      }
    }
    expect(metricsReaders(gateway.settings)).toBe("open");
    for (const change of hostChanges) expect(served.has(`/api/${change}`)).toBe(false);
  });

  test("says what a body needs: the model, and for a chat its messages", () => {
    const paths = openapi().paths as Record<
      string,
      { post: { requestBody: { content: { "application/json": { schema: { required: string[] } } } } } }
    >;
    const required = (path: string) => paths[path]!.post.requestBody.content["application/json"].schema.required;
    expect(required("/v1/chat/completions")).toEqual(["model", "messages"]);
    expect(required("/api/chat")).toEqual(["model"]);
  });
});
