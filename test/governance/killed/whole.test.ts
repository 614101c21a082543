/**
 * A shorter story with everything of the service's own, from the first start without keys, log or pins: killed at every write of
 * the log, of the pins, of the rollout's, and of everything else, it comes to the same keys, log, checkpoint, refs and objects.
 */
import { dirname } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Community, hour, startCommunity } from "../../../governance/service/testing/community.fixture.ts";
import { sayReady } from "../../rollout/world.ts";
import { disagreements } from "../replayed.ts";
import { type Fate, Life } from "./life.ts";
import { isFetchedNext } from "./refetched.ts";
import { story, type Told } from "./story.ts";
import { type WholeWorld, wholeStateOf, wholeWorld, wholly } from "./whole.ts";
import { lookOnce } from "./world.ts";

interface Side {
  readonly community: Community;
  readonly world: WholeWorld;
  readonly told: Told;
}

const acts = story.slice(0, 3);
const timelock = ["the timelock ends", async (c: Community) => c.clock.advance(hour)] as const;

describe("the whole service, killed after each of its effects, one life after the other", () => {
  let spared: Side;
  let killed: Side;
  let deaths = 0;
  beforeAll(async () => {
    [spared, killed] = [await begin(), await begin()];
  });
  afterAll(() => Promise.all([spared.community.discard(), killed.community.discard()]));

  test.each([...acts, timelock])("when %s, nothing is different", { timeout: 240_000 }, async (_, act) => {
    for (const { community, told } of [spared, killed]) await act(community, told);
    const whole = await untilSettled(spared.world, () => undefined);
    const died = new Set<string>();
    const tried = await untilSettled(killed.world, (effect) => {
      if (died.has(effect)) return undefined;
      died.add(effect);
      return "after";
    });
    expect(whole).toEqual(expect.arrayContaining(tried));
    expect(whole.filter((effect) => !died.has(effect) && !isFetchedNext(effect))).toEqual([]);
    expect(await wholeStateOf(killed.world, killed.community.local)).toEqual(
      await wholeStateOf(spared.world, spared.community.local),
    );
    deaths += died.size;
  });

  test("the log holds each step once, and every verdict can be recomputed", async () => {
    const { local } = killed.community;
    const { log, end } = await wholly(killed.world)(local, new Life());
    expect(log.records.map(({ record }) => record.kind)).toEqual(
      "genesis applied opened opened ratified unratified applied".split(" "),
    );
    expect(await disagreements({ log, local })).toEqual([]);
    expect(deaths).toBeGreaterThan(100);
    await end?.();
  });
});

/** One life after the other, until what is due is in force; the operator says of everything that it is ready. Gives all effects. */
async function untilSettled(world: WholeWorld, fate: Fate): Promise<string[]> {
  const effects: string[] = [];
  for (;;) {
    const life = new Life(fate);
    const passed = await lookOnce(world, life, wholly(world));
    effects.push(...life.effects);
    if (passed?.view.rollout.state === "applied") return effects;
    if (passed) sayReady(world.cluster);
  }
}

async function begin(): Promise<Side> {
  const community = await startCommunity();
  const { local, genesis, clock } = community;
  return { community, world: wholeWorld({ folder: dirname(local.path), genesis, clock }), told: {} };
}
