/** A files URL that leads away: the whole operator, as it is wired, asks nobody whom the address policy forbids, and says so. */
import { setMaxListeners } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installManifests } from "../../cli/up/community/manifests.ts";
import { systemNamespace } from "../../operator/apis/group.ts";
import { type ModelDeployment, modelDeployments } from "../../operator/apis/model-deployment.ts";
import { systemClock, systemRandom } from "../../operator/clock/system.ts";
import { createKubeClient, type KubeClient } from "../../operator/kube/client.ts";
import { findCondition } from "../../operator/kube/conditions.ts";
import { kubeConfigFromFile } from "../../operator/kube/kubeconfig.ts";
import { readSettings } from "../../operator/server/settings.ts";
import { type RunningOperator, startOperator } from "../../operator/server/start.ts";
import { startTestControlPlane } from "../control-plane/test.ts";

const root = join(import.meta.dirname, "../..");

let plane: Awaited<ReturnType<typeof startTestControlPlane>>;
let client: KubeClient;
let operator: RunningOperator;
/** Where the file is said to be; it sends everybody to `leadsTo`. */
let files: Server;
let leadsTo = "";
/** On loopback too, but on a port that nobody allowed. */
let inner: Server;
let connections = 0;

beforeAll(async () => {
  plane = await startTestControlPlane();
  client = createKubeClient(kubeConfigFromFile(plane.adminKubeconfigPath), { clock: systemClock });
  const { signal } = new AbortController();
  setMaxListeners(0, signal); // one per object that is applied
  await installManifests(client, root, systemClock, signal);
  files = await listen((_, response) => response.writeHead(302, { location: leadsTo }).end());
  inner = await listen((_, response) => response.end("secret"));
  inner.on("connection", () => connections++);
  operator = await startOperator({
    settings: readSettings({
      COMMONHOLD_OPERATOR_PORT: "0",
      COMMONHOLD_NAMESPACE: systemNamespace,
      COMMONHOLD_ALLOWED_ADDRESSES: `127.0.0.1:${portOf(files)}`,
    }),
    ...{ client, clock: systemClock, random: systemRandom, identity: "test", logger: pino({ level: "silent" }) },
  });
});

afterAll(async () => {
  await operator?.stop();
  await client?.close();
  files?.close();
  inner?.close();
  await plane?.discard();
});

async function listen(handler: RequestListener): Promise<Server> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

describe("a files URL that redirects is refused without a connection where it leads to", () => {
  const forbidden: Record<string, () => string> = {
    "the metadata service of a cloud": () => "http://169.254.169.254/latest/meta-data/",
    "another port of this machine": () => `http://127.0.0.1:${portOf(inner)}/model.gguf`,
    "this machine in IPv6's clothes": () => `http://[::ffff:127.0.0.1]:${portOf(inner)}/model.gguf`,
    "this machine by its name": () => `http://localhost:${portOf(inner)}/model.gguf`,
  };
  for (const [place, url] of Object.entries(forbidden)) {
    test(place, async () => {
      leadsTo = url();
      const ref = { name: place.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"), namespace: "default" };
      const file = { url: `http://127.0.0.1:${portOf(files)}/model.gguf`, sha256: "a".repeat(64), size: 1_000_000 };
      const spec = { model: { files: [file] } } as ModelDeployment["spec"];
      await client.create<ModelDeployment>(modelDeployments, { metadata: ref, spec } as never);
      const said = async (type: string) => {
        const object = await client.get<ModelDeployment>(modelDeployments, ref);
        return findCondition(object?.status?.conditions, type);
      };
      await expect.poll(async () => (await said("Resolved"))?.reason).toBe("AddressRefused");
      expect(await said("Stalled")).toMatchObject({ status: "True", reason: "AddressRefused" });
      expect((await said("Resolved"))?.message).toMatch(/COMMONHOLD_ALLOWED_ADDRESSES|never/);
      expect(connections).toBe(0);
    });
  }
});
