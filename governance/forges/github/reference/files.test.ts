import { describe, expect, test } from "vitest";
import { permissions } from "../permissions.ts";
import { generatedGitHubFiles } from "./files.ts";

const files = generatedGitHubFiles();
const page = files.get("docs/reference/github-permissions.md") ?? "";
const manifest = JSON.parse(files.get("manifests/github-app.json") ?? "{}");

test("the App's manifest asks for what the table says, and for nothing else", () => {
  const wanted = permissions.filter((one) => one.for.includes("app")).map(({ name, access }) => [name, access]);
  expect(Object.entries(manifest.default_permissions)).toEqual(wanted);
});

test("the App belongs to the community alone, and its webhook leads to the route that there is", () => {
  expect(manifest).toMatchObject({
    public: false,
    hook_attributes: { url: "https://commonhold.example/webhooks/github" },
  });
});

describe("the page", () => {
  test.each(permissions.map(({ name, why }) => [name, why]))("says of %s why it is needed", (name, why) => {
    expect(page).toContain(`(\`${name}\`)`);
    expect(page).toContain(why);
  });

  test("names nothing that could change code, settings, members or workflows", () => {
    const dangerous = ["administration", "actions", "workflows", "members", "secrets", "organization_administration"];
    expect(permissions.filter(({ name }) => dangerous.includes(name))).toEqual([]);
  });
});
