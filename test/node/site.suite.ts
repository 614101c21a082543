/** Models that hosts pull from the site's registry: one that it fetched by itself, and one that was carried to it and whose own registry is gone. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { createBundle } from "../../cli/bundle/create.ts";
import { pushModels } from "../../cli/bundle/push.ts";
import { systemNamespace } from "../../operator/apis/group.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { pushModel } from "../doubles/registry/push.ts";
import { startTestRegistry } from "../doubles/registry/start.ts";
import { modelText } from "../e2e/governance-policy.ts";
import { deploymentUntil, isReady } from "../e2e/wait.ts";
import { tinyGguf } from "../models/tiny-gguf.ts";
import { forwardPort } from "./port-forward.ts";
import { rolledOut, type Story } from "./story.ts";

const atTheSite = `commonhold-registry.${systemNamespace}.svc.cluster.local:11436/`;

export function siteTests(story: Story): void {
  test("a model that was decided is fetched by the site's registry once, and hosts pull it from there", async () => {
    await rolledOut(story, "deployment/commonhold-registry");
    const reference = await story.reference("fetched", 5);
    await story.decide("Serve fetched", { "models/fetched.yaml": modelText("fetched", reference) });
    const { status } = await deploymentUntil(story.world(), "fetched", isReady);
    expect(status?.model).toMatchObject({ reference, pulledFrom: expect.stringContaining(atTheSite) });
    await expect.poll(async () => (await story.question("fetched")).status).toBe(200);
  });

  test("a model that came in a bundle is pulled from the site's registry, under its own name and digest", async () => {
    const to = join(story.folder, "bundle");
    const { reference, digest } = await bundled(to);
    await rolledOut(story, "deployment/commonhold-registry");
    const way = await forwardPort(story.node(), { to: "deploy/commonhold-registry", port: 11_437, path: "/v2/" });
    try {
      await pushModels(to, new URL(way.origin), around(story.folder));
    } finally {
      await way.close();
    }
    await story.decide("Serve carried", { "models/carried.yaml": modelText("carried", reference) });
    const { status } = await deploymentUntil(story.world(), "carried", isReady);
    expect(status?.model).toMatchObject({
      reference,
      digest,
      pulledFrom: expect.stringContaining(atTheSite),
    });
    await expect.poll(async () => (await story.question("carried")).status).toBe(200);
  });
}

/** From a registry that is there for that moment alone, on an address that no pod reaches. */
async function bundled(to: string): Promise<{ reference: string; digest: string }> {
  const registry = await startTestRegistry();
  try {
    const gguf = tinyGguf({ seed: 3, name: "carried" });
    await pushModel(registry.origin, { repository: "library/carried", tag: "1", gguf });
    const options = { to, models: [`${registry.host}/library/carried:1`], values: [], platforms: [] };
    const crane = () => Promise.reject(new Error("no images are asked for"));
    const { models } = await createBundle({ ...options, insecureRegistries: [registry.host], crane }, around(to));
    const [model] = models;
    if (!model) throw new Error("the bundle holds no model");
    return model;
  } finally {
    await registry.discard();
  }
}

function around(cwd: string) {
  return { env: {}, cwd, clock: systemClock, signal: new AbortController().signal, say: () => undefined };
}
