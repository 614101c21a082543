/** Objects of kinds that are not ours and not Kubernetes' own, taken by an API server that has those kinds, which refuses a field it does not know. */
import { beforeAll, describe, expect, onTestFinished } from "vitest";
import { stringify } from "yaml";
import { installCrds, kubectl, test } from "../control-plane/test.ts";
import { foreignCrds, foreignKinds } from "./foreign-kinds.ts";
import { type Manifest, namespace, renderedObjects } from "./helm.ts";
import { everything } from "./installed.ts";
import { installations } from "./values.ts";

/** Where nothing is cached, the generator is compiled. */
const longMs = 600_000;
let crds: string;
beforeAll(async () => {
  crds = await foreignCrds();
}, longMs);

const all: [string, { values: object; profile?: string }][] = [
  ...Object.entries(installations),
  ["everything that one cluster can have", { values: everything }],
];

describe("objects of the Gateway API and of the Prometheus operator", () => {
  test("are taken as they are, each kind at least once, and nothing beyond what their kinds know", async ({
    plane,
  }) => {
    await installCrds(plane, crds);
    onTestFinished(async () => void (await kubectl(plane, ["delete", "-f", crds])));
    const system = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    await kubectl(plane, ["apply", "--server-side", "-f", "-"], { stdin: stringify(system) });
    const create = (objects: readonly Manifest[]): Promise<string> => {
      const stdin = objects.map((object) => stringify(object, { compat: "yaml-1.1" })).join("---\n");
      return kubectl(plane, ["create", "--dry-run=server", "--validate=strict", "-f", "-"], { stdin, namespace });
    };
    const seen = new Map<string, Manifest>();
    for (const [, { values, profile }] of all) {
      const theirs = (await renderedObjects(values, profile)).filter(({ kind }) => foreignKinds.includes(kind));
      for (const object of theirs) seen.set(object.kind, object);
      if (theirs.length > 0) await create(theirs);
    }
    expect([...seen.keys()].sort()).toEqual(foreignKinds);

    const monitor = seen.get("ServiceMonitor") as Manifest;
    const misspelt = { ...monitor, spec: { ...monitor["spec"], endpoint: [] } };
    await expect(create([misspelt])).rejects.toThrow(/unknown field "spec.endpoint"/);
  });
});
