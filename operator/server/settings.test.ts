import { describe, expect, test } from "vitest";
import { readSettings, variables } from "./settings.ts";

describe("the operator's settings", () => {
  test("have a default each, and an empty variable counts as absent", () => {
    const empty = Object.fromEntries(variables.map(({ name }) => [name, ""]));
    expect(readSettings(empty)).toEqual(readSettings({}));
    expect(readSettings({})).toMatchObject({
      namespace: "commonhold-system",
      port: 8080,
      allowedAddresses: [],
      insecureRegistries: [],
      siteRegistry: "",
      registryRecheckMs: 3_600_000,
    });
  });

  test("lists are cut at commas and trimmed", () => {
    const { allowedAddresses, insecureRegistries } = readSettings({
      COMMONHOLD_ALLOWED_ADDRESSES: " 127.0.0.1:5000 ,10.0.0.0/8,",
      COMMONHOLD_INSECURE_REGISTRIES: "127.0.0.1:5000,registry.example.org",
    });
    expect(allowedAddresses).toEqual(["127.0.0.1:5000", "10.0.0.0/8"]);
    expect(insecureRegistries).toEqual(["127.0.0.1:5000", "registry.example.org"]);
  });

  test.each([
    [
      "a port that is no number",
      { COMMONHOLD_OPERATOR_PORT: "http" },
      /COMMONHOLD_OPERATOR_PORT="http": write a whole/,
    ],
    ["a port out of range", { COMMONHOLD_OPERATOR_PORT: "70000" }, /COMMONHOLD_OPERATOR_PORT="70000".*65535/],
    ["a namespace that cannot be one", { COMMONHOLD_NAMESPACE: "My_Space" }, /is no name of a namespace/],
    [
      "a registry with a scheme",
      { COMMONHOLD_INSECURE_REGISTRIES: "http://127.0.0.1:5000" },
      /"http:\/\/127.0.0.1:5000" is no registry; write host or host:port/,
    ],
    ["a registry with a path", { COMMONHOLD_INSECURE_REGISTRIES: "a.example/team" }, /is no registry/],
    ["a site's registry with a path", { COMMONHOLD_SITE_REGISTRY: "registry.lan:5000/models" }, /is no registry/],
    ["a recheck without pause", { COMMONHOLD_REGISTRY_RECHECK_MS: "1" }, /COMMONHOLD_REGISTRY_RECHECK_MS="1"/],
    ["a level that does not exist", { COMMONHOLD_LOG_LEVEL: "loud" }, /COMMONHOLD_LOG_LEVEL="loud"/],
  ])("%s is refused with a sentence that names the variable", (_, environment, message) => {
    expect(() => readSettings(environment)).toThrow(message);
  });

  test("all mistakes are told at once", () => {
    expect(() => readSettings({ COMMONHOLD_OPERATOR_PORT: "x", COMMONHOLD_NAMESPACE: "_" })).toThrow(
      /COMMONHOLD_NAMESPACE.*COMMONHOLD_OPERATOR_PORT/,
    );
  });
});
