/** A community that was founded with a version as it was released gets the chart and image of today, and that version back, while its members ask. */
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { chart } from "../chart/helm.ts";
import {
  kindsIn,
  kindsKnown,
  releasedChart,
  releasedSources,
  type Schemas,
  unpacked,
} from "../chart/released/versions.ts";
import { modelText } from "../e2e/governance-policy.ts";
import { deploymentUntil, hostUntil, isReady } from "../e2e/wait.ts";
import { issueKey } from "../e2e/world.ts";
import { founding } from "./founding.ts";
import { buildOllamaImage, type ImageBuilder, imageOf, ollamaImage, productImage } from "./images.ts";
import { installReleased, machine, rollBack, upgradeReleased } from "./installation.ts";
import { failed, podsOf, rolledOut, servicesImages, servicesRolledOut, whileAsked } from "./story.ts";
import type { Substrate } from "./substrate.ts";

/** From its own Dockerfile. */
export async function buildReleased(images: ImageBuilder, version: string): Promise<void> {
  await images.buildProduct({ folder: await unpacked(releasedSources(version)), version });
}

/** In a cluster of its own; the image of `version` is built already. */
export function releasedTests(nodeOf: () => Substrate, version: string): void {
  const { story, ...founded } = founding(nodeOf);
  const { kubectl, world } = story;
  const releasedImage = imageOf(version);
  let releasedKinds: Schemas;
  let ollamas: readonly string[];
  let objects: string;
  let bobsKey: string;

  beforeAll(async () => {
    const { images, programs, importImages } = nodeOf();
    await images.buildProduct();
    await buildOllamaImage(images, programs);
    for (const image of [releasedImage, productImage, ollamaImage]) await importImages(await images.archiveOf(image));
    await founded.found();
    await installReleased(nodeOf(), story.installation(), version);
  });

  afterAll(() => founded.end());

  test("it serves what it decided about, as it was released", async () => {
    await rolledOut(story, `daemonset/commonhold-ollama-${machine}`);
    await servicesRolledOut(story);
    await founded.open();
    await hostUntil(world(), machine, isReady);
    await founded.admit();
    await serve("mind", 1);
    expect(await servicesImages(story)).toEqual([releasedImage]);
    releasedKinds = kindsIn(join(await unpacked(releasedChart(version)), "commonhold"));
    expect(await kinds()).toEqual(releasedKinds);
    ollamas = await podsOf(story, "ollama");
    objects = await objectsOf();
  });

  test("it becomes this version while every question is answered: the kinds are today's, and no object and no Ollama is another", async ({
    annotate,
  }) => {
    const answers = await whileAsked(story, async () => {
      await upgradeReleased(nodeOf(), story.installation());
      await servicesRolledOut(story);
    });
    await annotate(`${version} to this version: ${failed(answers).length} of ${answers.length} questions failed`);
    expect(failed(answers)).toEqual([]);
    expect(await servicesImages(story)).toEqual([productImage]);
    expect(await kinds()).toEqual(kindsIn(chart));
    expect(await podsOf(story, "ollama")).toEqual(ollamas);
    expect(await objectsOf()).toBe(objects);
  });

  test("it decides, pulls and lets members in as before", async () => {
    bobsKey = await issueKey(world().client, "bob");
    await serve("another", 2);
    objects = await objectsOf();
  });

  test("it has the released version back while every question is answered, with all that was decided since", async ({
    annotate,
  }) => {
    const answers = await whileAsked(story, async () => {
      await rollBack(nodeOf());
      await servicesRolledOut(story);
    });
    await annotate(`back to ${version}: ${failed(answers).length} of ${answers.length} questions failed`);
    expect(failed(answers)).toEqual([]);
    expect(await servicesImages(story)).toEqual([releasedImage]);
    expect(await kinds()).toEqual(releasedKinds);
    expect(await podsOf(story, "ollama")).toEqual(ollamas);
    expect(await objectsOf()).toBe(objects);
    expect((await story.question("another", false, bobsKey)).status).toBe(200);
  });

  test("it goes on deciding, and the log of all this is whole and comes out again", async () => {
    await serve("last", 3);
    const { bob } = story.members;
    const [verified, replayed] = await Promise.all(["verify", "replay"].map((verb) => bob.commonhold("log", verb)));
    expect(verified).toContain("is whole");
    expect(replayed).toMatch(/records agree; [1-9]/);
  });

  async function serve(name: string, seed: number): Promise<void> {
    await story.decide(`Serve ${name}`, {
      [`models/${name}.yaml`]: modelText(name, await story.reference(name, seed)),
    });
    await deploymentUntil(world(), name, isReady);
    await expect.poll(async () => (await story.question(name)).status).toBe(200);
  }

  async function kinds(): Promise<Schemas> {
    return kindsKnown(await nodeOf().kubectl(["get", "crd", "-o", "json"]));
  }

  /** Every object of the community, with what makes it this one and what it asks for. */
  async function objectsOf(): Promise<string> {
    const list = JSON.parse(
      await kubectl("get", "modeldeployments,modelhosts,members,decisions", "-A", "-o", "json"),
    ) as {
      items: { kind: string; metadata: { uid: string; name: string }; spec: unknown }[];
    };
    return stringify(list.items.map(({ kind, metadata: { uid, name }, spec }) => ({ kind, uid, name, spec })));
  }
}
