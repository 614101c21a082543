/** What the chart tells a service is what the service can read: each reads the environment that its pod would have. */
import { describe, expect, test } from "vitest";
import { variables as ofGateway, readSettings as readGateway } from "../../api/settings.ts";
import { variables as ofGovernance, readSettings as readGovernance } from "../../governance/settings.ts";
import { variables as ofWitness, readSettings as readWitness } from "../../governance/witness/settings.ts";
import { variables as ofOperator, readSettings as readOperator } from "../../operator/server/settings.ts";
import type { Environment } from "../../operator/settings/variables.ts";
import { renderedObjects } from "./helm.ts";
import { environmentOf } from "./pods.ts";
import { governed, installations, witness } from "./values.ts";

const services: Readonly<
  Record<string, { read(environment: Environment): unknown; known: readonly { name: string }[] }>
> = {
  operator: { read: readOperator, known: ofOperator },
  gateway: { read: readGateway, known: ofGateway },
  governance: { read: readGovernance, known: ofGovernance },
  witness: { read: readWitness, known: ofWitness },
};

describe.each(Object.entries(installations))("%s", (_, { values, profile }) => {
  test("tell each service what it can read, and nothing that it does not know", async () => {
    const objects = await renderedObjects(values, profile);
    const told = Object.keys(services).flatMap((name) => {
      const environment = environmentOf(objects, name);
      return environment ? [{ name, environment }] : [];
    });
    expect(told.length).toBeGreaterThan(1);
    for (const { name, environment } of told) {
      expect(() => services[name]?.read(environment)).not.toThrow();
      const known = services[name]?.known.map((variable) => variable.name);
      expect(Object.keys(environment).filter((variable) => !known?.includes(variable))).toEqual([]);
    }
  });
});

test("all four are among them", async () => {
  const all = await Promise.all(
    Object.values(installations).map(({ values, profile }) => renderedObjects(values, profile)),
  );
  const found = Object.keys(services).filter((name) =>
    all.some((objects) => environmentOf(objects, name) !== undefined),
  );
  expect(found).toEqual(Object.keys(services));
});

test("each is told what extraEnv adds, beside what the chart says, and governance which log it goes on with", async () => {
  const more = (name: string, value: string): object => ({ extraEnv: [{ name, value }] });
  const logGenesis = `sha256:${"a".repeat(64)}`;
  const objects = await renderedObjects({
    operator: more("COMMONHOLD_LEASE_DURATION_MS", "9000"),
    gateway: more("COMMONHOLD_QUEUE_PER_PLACE_MAX", "3"),
    governance: { ...governed, logGenesis, ...more("COMMONHOLD_SETTLE_MS", "5000") },
    witness: { ...witness, ...more("COMMONHOLD_STOP_TIMEOUT_MS", "7000") },
  });
  const read = (name: string): unknown => services[name]?.read(environmentOf(objects, name) ?? {});
  expect(read("operator")).toMatchObject({ leaseDurationMs: 9_000, listenAddress: "0.0.0.0" });
  expect(read("gateway")).toMatchObject({ queuePerPlaceMax: 3, host: "0.0.0.0" });
  expect(read("governance")).toMatchObject({ settleMs: 5_000, logGenesis, listenAddress: "0.0.0.0" });
  expect(read("witness")).toMatchObject({ stopTimeoutMs: 7_000, keyName: witness.name });
});

describe("bodies of requests may take of the gateway's memory", () => {
  const mebi = 1024 ** 2;
  const limited = (memory: unknown): object => ({ resources: { limits: { memory } } });
  const cases: Record<string, [gateway: object, profile: string | undefined, together: number, largest: number]> = {
    "a sixteenth, by default": [{}, undefined, 96 * mebi, 32 * mebi],
    "a sixteenth, in the small profile, and each half of that": [{}, "values-small.yaml", 32 * mebi, 16 * mebi],
    "a sixteenth, in the community profile": [{}, "values-community.yaml", 128 * mebi, 32 * mebi],
    "a sixteenth of a limit in other units": [limited("1G"), undefined, 62_500_000, 31_250_000],
    "a sixteenth of a limit in parts": [limited("1.5Gi"), undefined, 96 * mebi, 32 * mebi],
    "a sixteenth of a limit in bytes": [limited(268_435_456), undefined, 16 * mebi, 8 * mebi],
    "what somebody says": [{ bodies: { together: "256Mi", largest: "64Mi" } }, undefined, 256 * mebi, 64 * mebi],
    "what the gateway has by itself where there is no limit": [limited(null), undefined, 1024 * mebi, 32 * mebi],
  };
  test.each(Object.entries(cases))("%s", async (_, [gateway, profile, together, largest]) => {
    const environment = environmentOf(await renderedObjects({ gateway }, profile), "gateway") ?? {};
    expect(readGateway(environment)).toMatchObject({ bodiesBytesMax: together, bodyBytesMax: largest });
  });
});
