import { describe, expect, test } from "vitest";
import { readSettings } from "./settings.ts";

const least = { COMMONHOLD_SITE_REGISTRY: "registry.lan:5000" };

describe("the filler's settings", () => {
  test("need the site's registry alone", () => {
    const settings = readSettings(least);
    expect(settings).toMatchObject({ siteRegistry: "registry.lan:5000", port: 11_438, insecureRegistries: [] });
    expect(settings.door.origin).toBe("http://127.0.0.1:11437");
  });

  test.each([
    ["no registry of the site", {}, /COMMONHOLD_SITE_REGISTRY="": name the site's own registry/],
    ["a registry with a path", { COMMONHOLD_SITE_REGISTRY: "registry.lan/models" }, /is no registry/],
    ["a door that is no URL", { ...least, COMMONHOLD_REGISTRY_DOOR: "127.0.0.1:11437" }, /COMMONHOLD_REGISTRY_DOOR/],
    ["a door with a path", { ...least, COMMONHOLD_REGISTRY_DOOR: "http://127.0.0.1/v2" }, /write http:\/\//],
    ["a port out of range", { ...least, COMMONHOLD_FILLER_PORT: "70000" }, /COMMONHOLD_FILLER_PORT/],
  ])("%s is refused with a sentence that names the variable", (_, environment, message) => {
    expect(() => readSettings(environment)).toThrow(message);
  });
});
