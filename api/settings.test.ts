import { describe, expect, test } from "vitest";
import { readSettings, variables } from "./settings.ts";

describe("settings", () => {
  test("have a default each, and only on this machine's own address", () => {
    const settings = readSettings({});
    expect(settings).toMatchObject({
      host: "127.0.0.1",
      port: 11_435,
      hostAddresses: [],
      corsOrigins: [],
      metrics: "auto",
    });
    for (const { setting } of variables) expect(settings[setting]).toBeDefined();
  });

  test("are read from the environment; an empty variable is one that is not set", () => {
    const settings = readSettings({
      COMMONHOLD_GATEWAY_PORT: "0",
      COMMONHOLD_HOST_ADDRESSES: " 127.0.0.1:11434 , 10.0.0.0/8,",
      COMMONHOLD_BODY_BYTES_MAX: "",
    });
    expect(settings).toMatchObject({
      port: 0,
      hostAddresses: ["127.0.0.1:11434", "10.0.0.0/8"],
      bodyBytesMax: 33_554_432,
    });
  });

  const wrong: Record<string, string> = {
    COMMONHOLD_GATEWAY_PORT: "70000",
    COMMONHOLD_BODY_BYTES_MAX: "32MiB",
    COMMONHOLD_IDLE_TIMEOUT_MS: "0",
    COMMONHOLD_DRAIN_TIMEOUT_MS: "-1",
    COMMONHOLD_METRICS: "yes",
    COMMONHOLD_LOG_LEVEL: "loud",
  };
  for (const [name, value] of Object.entries(wrong)) {
    test(`${name}=${value} stops the start, with its name`, () => {
      expect(() => readSettings({ [name]: value })).toThrow(new RegExp(`${name}="${value}": `));
    });
  }

  test("all that are wrong are named at once", () => {
    expect(() => readSettings(wrong)).toThrow(/GATEWAY_PORT.*BODY_BYTES_MAX.*METRICS/s);
  });
});
