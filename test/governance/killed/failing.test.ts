/**
 * The service lives, and every call of it that changes the world fails once: without having been carried out, or carried out
 * with an answer that never came. What failed is a trouble of that pass, and the next ones make it good: in the end both worlds
 * hold the same, to the last ref, record and sighting. Only what has nothing to do with each other may have come in another
 * order.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { disagreements } from "../replayed.ts";
import { inFull } from "./full.ts";
import { type Fate, Life, type Moment } from "./life.ts";
import { begin, type Side } from "./side.ts";
import { ending, story } from "./story.ts";
import { inMemory, type Living, startOver, stateOf } from "./world.ts";

const carriedOut: [string, Moment] = ["has no answer", "after"];
const notCarriedOut: [string, Moment] = ["is not carried out", "before"];

describe.each([carriedOut, ...inFull(notCarriedOut)])("a service of which each call once %s", (_, moment) => {
  let spared: Side & { readonly living: Living };
  let tried: Side & { readonly living: Living };
  const failed = new Set<string>();
  let failures = 0;
  const fate: Fate = (effect) => {
    // That an append is durable, whatever its answer, is the log's own promise.
    if (failed.has(effect) || (moment === "after" && effect.startsWith("log "))) return undefined;
    failed.add(effect);
    return moment;
  };
  const live = async (life: Life): Promise<Side & { readonly living: Living }> => {
    const side = await begin();
    return { ...side, living: await startOver(side.world, life, inMemory(side.world)) };
  };
  beforeAll(async () => {
    [spared, tried] = [await live(new Life()), await live(new Life(fate, { isHardy: true }))];
  });
  afterAll(async () => {
    for (const { living, community } of [spared, tried]) {
      await living.end();
      await community.discard();
    }
  });

  test.each(story)("when %s, comes to the same end", { timeout: 120_000 }, async (_, act) => {
    for (const { community, told } of [spared, tried]) await act(community, told);
    await spared.living.look();
    failed.clear();
    let passes = 0;
    for (let before = -1; before < failed.size; passes++) {
      before = failed.size;
      await tried.living.look();
    }
    failures += failed.size;
    expect(passes).toBeGreaterThan(1);
    const [whole, mended] = await Promise.all(
      [spared, tried].map(({ world, community }) => stateOf(world, community.local)),
    );
    expect(mended?.toSorted()).toEqual(whole?.toSorted());
  });

  test("and its log says what happened, once each", async () => {
    expect(tried.community.kinds().toSorted()).toEqual(ending.toSorted());
    expect(await disagreements(tried.community)).toEqual([]);
    expect(failures).toBeGreaterThan(100);
  });
});
