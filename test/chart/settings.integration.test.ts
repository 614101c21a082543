/** What the chart tells a service is what the service can read: each reads the environment that its pod would have. */
import { describe, expect, test } from "vitest";
import { variables as ofGateway, readSettings as readGateway } from "../../api/settings.ts";
import { variables as ofGovernance, readSettings as readGovernance } from "../../governance/settings.ts";
import { variables as ofWitness, readSettings as readWitness } from "../../governance/witness/settings.ts";
import { variables as ofOperator, readSettings as readOperator } from "../../operator/server/settings.ts";
import type { Environment } from "../../operator/settings/variables.ts";
import { renderedObjects } from "./helm.ts";
import { environmentOf } from "./pods.ts";
import { installations } from "./values.ts";

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
