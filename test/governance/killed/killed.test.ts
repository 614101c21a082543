/**
 * The service is killed at every step of a story, enumerated and not sampled. Two communities live through it side by side: one
 * has a service that lives through it all, in the other each service dies after an effect at which none died before, and a new
 * one starts, until one comes through. After each act both worlds must be the same to the last ref, record and sighting.
 *
 * To die before an effect and to die after the one before it leaves the same world, for nothing else changes it between them;
 * the long run does both, each alone.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openRepository } from "../../../governance/git/open.ts";
import { disagreements } from "../replayed.ts";
import { inFull } from "./full.ts";
import { type Fate, Life, type Moment } from "./life.ts";
import { isFetchedNext } from "./refetched.ts";
import { begin, type Side } from "./side.ts";
import { ending, story } from "./story.ts";
import { copyOf, discard, inMemory, lookOnce, stateOf, type World } from "./world.ts";

describe("killed after each of its effects, one life after the other", () => {
  let spared: Side;
  let killed: Side;
  let deaths = 0;
  beforeAll(async () => {
    [spared, killed] = [await begin(), await begin()];
  });
  afterAll(() => Promise.all([spared.community.discard(), killed.community.discard()]));

  test.each(story)("when %s, nothing is different", { timeout: 120_000 }, async (_, act) => {
    for (const { community, told } of [spared, killed]) await act(community, told);
    const whole = new Life();
    await lookOnce(spared.world, whole, inMemory(spared.world));
    leaveHalfDone(killed.world);
    const died = await dieEverywhere(killed.world);
    expect(whole.effects).toEqual(expect.arrayContaining(died));
    expect(whole.effects.filter((effect) => !died.includes(effect) && !isFetchedNext(effect))).toEqual([]);
    expect(await stateOf(killed.world, killed.community.local)).toEqual(
      await stateOf(spared.world, spared.community.local),
    );
    deaths += died.length;
  });

  test("the log says what happened, once each, and every verdict can be recomputed", async () => {
    expect(killed.community.kinds()).toEqual(ending);
    expect(await disagreements(killed.community)).toEqual([]);
    expect(deaths).toBeGreaterThan(150);
  });
});

const moments = inFull<Moment>("before", "after");

// A suite without tests is an error of the runner's.
if (moments.length > 0) {
  describe("killed once, at each of its effects in turn", () => {
    let spared: Side;
    beforeAll(async () => {
      spared = await begin();
    });
    afterAll(() => spared.community.discard());

    test.each(story)("when %s, nothing is different", { timeout: 600_000 }, async (_, act) => {
      await act(spared.community, spared.told);
      const before = await copyOf(spared.world);
      const whole = new Life();
      await lookOnce(spared.world, whole, inMemory(spared.world));
      const expected = await stateOf(spared.world, spared.community.local);
      for (const [index, effect] of whole.effects.entries()) {
        for (const moment of moments) {
          const state = await stateAfter(before, (_, now) => (now === index ? moment : undefined));
          expect(state, `killed ${moment} ${effect}`).toEqual(expected);
        }
      }
      discard(before);
    });
  });
}

/** What is there when a life with this fate was followed by one without. */
async function stateAfter(world: World, fate: Fate): Promise<string[]> {
  const copy = await copyOf(world);
  const mortal = new Life(fate);
  await lookOnce(copy, mortal, inMemory(copy));
  expect(mortal.isOver).toBe(true);
  await lookOnce(copy, new Life(), inMemory(copy));
  const repository = await openRepository({ path: join(copy.folder, "local.git") });
  const state = await stateOf(copy, repository);
  await repository.close();
  discard(copy);
  return state;
}

/** As a git leaves it that was killed with its service while it fetched: a lock that nobody holds, and a part of a pack. */
function leaveHalfDone({ folder }: World): void {
  const packs = join(folder, "local.git/objects/pack");
  mkdirSync(packs, { recursive: true });
  writeFileSync(join(folder, "local.git/refs/policy/heads/main.lock"), "");
  writeFileSync(join(packs, "tmp_pack_killed"), "PACK");
}

/** Every effect at which one died. */
async function dieEverywhere(world: World): Promise<string[]> {
  const died = new Set<string>();
  const fate: Fate = (effect) => {
    if (died.has(effect)) return undefined;
    died.add(effect);
    return "after";
  };
  while (!(await lookOnce(world, new Life(fate), inMemory(world))));
  return [...died];
}
