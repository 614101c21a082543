/** The next version and the way back, in both profiles. */
import { expect, test } from "vitest";
import { modelText } from "../e2e/governance-policy.ts";
import { productImage } from "./images.ts";
import { rollBack, upgradeSmall, upgradeToNext } from "./installation.ts";
import type { Answered } from "./load.ts";
import { addedField, nextImage } from "./next-version.ts";
import { failed, podsOf, type Story, saidOf, servicesImages, servicesRolledOut, whileAsked } from "./story.ts";

export function upgradeTests(story: Story): void {
  const { node, installation } = story;
  const allRolledOut = () => servicesRolledOut(story);
  const explained = () => saidOf(node(), "explain", `members.spec.${addedField}`);

  test("an upgrade changes a kind and replaces every service while every question is answered, and leaves Ollama alone", async () => {
    const before = await podsOf(story, "ollama");
    const answers = await whileAsked(story, async () => {
      await upgradeToNext(node(), installation());
      await allRolledOut();
    });
    expect(failed(answers)).toEqual([]);
    expect(await servicesImages(story)).toEqual([nextImage]);
    expect(await explained()).toContain("How to speak of them.");
    expect(await podsOf(story, "ollama")).toEqual(before);
  });

  test("a rollback takes it back while every question is answered, and nobody's objects are lost", async () => {
    const answers = await whileAsked(story, async () => {
      await rollBack(node());
      await allRolledOut();
    });
    expect(failed(answers)).toEqual([]);
    expect(await servicesImages(story)).toEqual([productImage]);
    await expect.poll(explained).toMatch(/does not exist/);
    expect(await node().kubectl(["get", "members", "-o", "name"])).toMatch(/alice[\s\S]*bob/);
    await story.decide("Serve another", { "models/other.yaml": modelText("other", await story.reference("other", 2)) });
  });

  test("in the small profile one gateway takes over from another, and no question is lost in between", async ({
    annotate,
  }) => {
    await upgradeSmall(node(), installation(), false);
    await allRolledOut();
    await expect.poll(async () => (await podsOf(story, "gateway")).length, { timeout: 90_000 }).toBe(1);
    const quiet = await whileAsked(story, async () => undefined);
    const answers = await whileAsked(story, async () => {
      await upgradeSmall(node(), installation(), true);
      await allRolledOut();
    });
    expect(await servicesImages(story)).toEqual([nextImage]);
    await annotate(
      `small profile, upgrade under load: ${failed(answers).length} of ${answers.length} questions failed; the longest took ${seconds(answers)} and ${pauseMs(answers)} ms passed without an answer, before it ${seconds(quiet)} and ${pauseMs(quiet)} ms`,
    );
    expect(failed(answers)).toEqual([]);
  });
}

function seconds(answers: readonly Answered[]): string {
  return `${(Math.max(...answers.map(({ took }) => took)) / 1000).toFixed(1)} s`;
}

/** The longest time in which nobody was answered. */
function pauseMs(answers: readonly Answered[]): number {
  const ends = answers.filter((answer) => failed([answer]).length === 0).map(({ begun, took }) => begun + took);
  const pauses = ends.sort((a, b) => a - b).map((end, at) => end - (ends[at - 1] ?? end));
  return Math.round(Math.max(...pauses));
}
