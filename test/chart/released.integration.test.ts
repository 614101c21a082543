/** From each version that was released to the chart of today and back, in a cluster whose nodes are played: nothing of a community is lost on the way. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { kubectl } from "../control-plane/test.ts";
import { programPath } from "../programs/program-path.ts";
import { run } from "../programs/run.ts";
import { type Cluster, startCluster } from "./classes/cluster.ts";
import { addNode, addRuntimeClass, addVolume, servicesRolledOut } from "./classes/installation.ts";
import { shapes } from "./classes/nodes.ts";
import { isReady, placed, podsOf, uidOf } from "./classes/pods.ts";
import { chart, namespace } from "./helm.ts";
import { kindsIn, kindsKnown, releasedChart, releasedVersions, type Schemas, unpacked } from "./released/versions.ts";
import { machines, networks } from "./values.ts";

const samples = join(chart, "../../manifests/samples");
const eventually = { timeout: 90_000, interval: 200 };
const profiles = ["values-small.yaml", "values-community.yaml"];
const homes = { tower: "alices-tower", lab: "lab-server", pi: "raspberry-pi" };

describe.each(releasedVersions)("an installation of %s", (version) => {
  let cluster: Cluster;
  let before: string;
  let releasedKinds: Schemas;

  beforeAll(async () => {
    cluster = await startCluster();
    await addRuntimeClass(cluster);
    for (const shape of shapes) await addNode(cluster, shape);
    for (const [volume, size] of Object.entries({ models: "200Gi", log: "5Gi" }))
      await addVolume(cluster, volume, size);
    await helm("install", releasedChart(version), profiles[1]!);
    await kubectl(cluster.plane, ["apply", "-f", samples]);
    before = await objects();
    releasedKinds = kindsIn(join(await unpacked(releasedChart(version)), "commonhold"));
  });
  afterAll(() => cluster?.stop());

  async function helm(verb: "install" | "upgrade", from: string, profile: string, more: object = {}): Promise<string> {
    const values = stringify({ cluster: { networks }, ollama: { machines, ...more } });
    const files = ["--values", join(chart, profile), "--values", "-"];
    const args = [verb, "commonhold", from, "--namespace", namespace, "--create-namespace", ...files];
    return run(await programPath("helm"), args, { env: cluster.env, stdin: values });
  }

  /** Every object of the community, with what makes it this one and what it asks for. */
  async function objects(): Promise<string> {
    const kinds = "modeldeployments,modelhosts,members,decisions,ledgerroots";
    const list = JSON.parse(await kubectl(cluster.plane, ["get", kinds, "-A", "-o", "json"])) as {
      items: { kind: string; metadata: { uid: string; name: string }; spec: unknown }[];
    };
    return stringify(list.items.map(({ kind, metadata: { uid, name }, spec }) => ({ kind, uid, name, spec })));
  }

  async function kinds(): Promise<Schemas> {
    return kindsKnown(await kubectl(cluster.plane, ["get", "crd", "-o", "json"]));
  }

  async function allRun(): Promise<void> {
    await servicesRolledOut(cluster);
    await expect.poll(() => placed(cluster), eventually).toEqual(homes);
    await expect.poll(async () => (await podsOf(cluster)).every(isReady), eventually).toBe(true);
  }

  test("runs as it was released", async () => {
    await allRun();
    expect(await kinds()).toEqual(releasedKinds);
  });

  test.each(profiles)(
    "becomes that of today with %s: every part runs, every object is what it was, no Ollama was touched",
    async (profile) => {
      const ollamas = (await podsOf(cluster, "ollama")).map(uidOf);
      const said = await helm("upgrade", chart, profile, { updateStrategy: "OnDelete" });
      // Each could be read in 0.1.0, whatever the values said.
      expect(said).toContain("alices-tower names the Secret alices-tower: add it to hostSecrets");
      await allRun();
      expect((await podsOf(cluster, "ollama")).map(uidOf)).toEqual(ollamas);
      expect(await objects()).toBe(before);
      expect(await kinds()).toEqual(kindsIn(chart));
      await kubectl(cluster.plane, ["apply", "--dry-run=server", "-f", samples]);
    },
  );

  test("is had back by a rollback, with every object", async () => {
    await run(await programPath("helm"), ["rollback", "commonhold", "1", "--namespace", namespace], {
      env: cluster.env,
    });
    await allRun();
    expect(await objects()).toBe(before);
    expect(await kinds()).toEqual(releasedKinds);
  });

  test("takes today's once more after that, though the guard of the kinds was left of the first time", async () => {
    const guard = ["get", "validatingadmissionpolicies", "commonhold-kept-kinds", "-o", "name"];
    expect(await kubectl(cluster.plane, guard)).toContain("commonhold-kept-kinds");
    await helm("upgrade", chart, profiles[1]!, { updateStrategy: "OnDelete" });
    await allRun();
    expect(await objects()).toBe(before);
    expect(await kinds()).toEqual(kindsIn(chart));
  });
});
