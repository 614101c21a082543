/** Whatever happens to deployments, registries and copies: nothing is fetched that nobody names, and in the end everything is there. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Digest } from "../models/digest.ts";
import { parseReference } from "../models/reference.ts";
import { defaultLimits } from "./limits.ts";
import { type Failure, plan, type Snapshot, wishOf } from "./plan.ts";
import type { Wanted } from "./wanted.ts";

const digests = ["a", "b"].map((letter) => `sha256:${letter.repeat(64)}` as Digest);
const names = ["m0", "m1", "m2", "m3"];
const folderOf = ({ key }: Pick<Wanted, "key">): string => `folder of ${key}`;

const wish = fc.record({
  name: fc.constantFrom(...names),
  digests: fc.subarray(digests),
  bytes: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
  collides: fc.boolean(),
});
const wanted = fc
  .uniqueArray(wish, { selector: ({ name }) => name })
  .map((wishes) => wishes.map(({ name, bytes, ...rest }) => modelOf(name, { ...rest, ...(bytes && { bytes }) })));

function modelOf(name: string, more: Pick<Wanted, "digests" | "collides">): Wanted {
  const reference = parseReference(name);
  return { key: name, there: reference, reference, deployments: [], ...more };
}

const happening = fc.oneof(
  fc.record({ what: fc.constant("the cluster changes" as const), wanted }),
  fc.record({ what: fc.constantFrom("the copy succeeds" as const, "the copy fails" as const, "killed" as const) }),
  fc.record({
    what: fc.constant("somebody pushes by hand" as const),
    name: fc.constantFrom(...names),
    digest: fc.constantFrom(...digests),
  }),
  fc.record({ what: fc.constant("time passes" as const), ms: fc.integer({ min: 1, max: 4_000_000 }) }),
);

class Site {
  now = 0;
  wanted: readonly Wanted[] = [];
  readonly present = new Map<string, Digest>();
  readonly failures = new Map<string, Failure>();
  readonly staged = new Set<string>();
  copying: (Snapshot["copying"] & { of: Wanted }) | undefined;

  pass(): void {
    const { copying } = this;
    const planned = plan(
      { ...this, staged: [...this.staged], limits: defaultLimits, ...(copying && { copying }) } as Snapshot,
      folderOf,
    );
    const named = new Set(this.wanted.map(({ key }) => key));
    for (const folder of planned.discard) {
      expect([...named].map((key) => folderOf({ key }))).not.toContain(folder);
      this.staged.delete(folder);
    }
    if (planned.stop) this.copying = undefined;
    if (!planned.start) return;
    expect(copying).toBeUndefined();
    this.#begin(planned.start);
  }

  #begin(start: Wanted): void {
    expect(this.wanted).toContain(start);
    expect(start.digests).not.toEqual([]);
    expect(start.collides).toBe(false);
    expect(start.digests).not.toContain(this.present.get(start.key));
    this.copying = { key: start.key, wish: wishOf(start), of: start };
    this.staged.add(folderOf(start));
  }

  end(well: boolean): void {
    const { copying } = this;
    this.copying = undefined;
    if (!copying) return;
    const { of, key } = copying;
    if (well) this.present.set(key, of.digests[0]!);
    else
      this.failures.set(key, {
        wish: wishOf(of),
        code: "Unreachable",
        message: "",
        refused: false,
        attempts: 1,
        retryAt: this.now + 5_000,
      });
    if (well) this.staged.delete(folderOf(of));
  }
}

describe("the filler", () => {
  test("fetches one at a time, and only what is named and missing; left in peace it has everything and nothing in parts", () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), wanted, (happenings, last) => {
        const site = new Site();
        for (const one of happenings) {
          site.now += 1;
          if (one.what === "the cluster changes") site.wanted = one.wanted;
          if (one.what === "the copy succeeds") site.end(true);
          if (one.what === "the copy fails") site.end(false);
          if (one.what === "killed") {
            site.copying = undefined;
            site.failures.clear();
          }
          if (one.what === "somebody pushes by hand") site.present.set(one.name, one.digest);
          if (one.what === "time passes") site.now += one.ms;
          site.pass();
        }
        site.wanted = last;
        for (let passes = 0; passes < 2 * names.length + 2; passes++) {
          site.now += 5_000;
          site.pass();
          site.end(true);
        }
        site.pass();
        for (const one of last.filter((each) => each.digests.length > 0 && !each.collides)) {
          expect(one.digests).toContain(site.present.get(one.key));
        }
        expect(site.copying).toBeUndefined();
        const named = new Set(last.map(folderOf));
        expect([...site.staged].filter((folder) => !named.has(folder))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
