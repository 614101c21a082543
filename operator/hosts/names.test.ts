import { describe, expect, test } from "vitest";
import { baseName, servedName } from "../models/names.ts";
import { defaultHostLimits as limits, removalsMax } from "./limits.ts";
import { missed } from "./liveness.ts";
import { namesOn } from "./names.ts";
import type { HostSnapshot } from "./snapshot.ts";
import { facts, hostObject, now, reachable, snapshotOf, want } from "./testing/builders.ts";

const chat = { uid: "uid-1", name: "chat" };
const served = servedName(chat, "0123456789ab");
const base = baseName(chat, `sha256:${"a".repeat(64)}`);
const foreign = servedName({ uid: "another", name: "chat" }, "0123456789ab");
const made = [served, base]
  .map((model) => ({ model, deployment: "default/chat", uid: "uid-1" }))
  .toSorted((a, b) => (a.model < b.model ? -1 : 1));
const removal = (model: string, uid = "uid-1") => ({
  model,
  deployment: "default/chat",
  uid,
  since: "2026-11-23T11:00:00Z",
});
const wished = (model: string, uid = "uid-1") => ({ model, deployment: "default/chat", uid });
const away = [1, 2, 3].reduce(
  (liveness) => missed(liveness, { reason: "NotAnswering", message: "x", terminal: false }, now - 10_000, limits),
  reachable,
);
const deleted = { deletionTimestamp: "2026-11-23T11:59:00Z" };

interface Case {
  given: Partial<HostSnapshot>;
  made?: string[];
  removals?: string[];
  due?: string[];
  orphans?: string[];
  unknown?: string[];
}

const cases: Record<string, Case> = {
  "a name in a deployment's status is ours before it is on the disk": {
    given: { wants: [want(served)] },
    made: [served],
  },
  "the name that a download leaves is ours too, though it looks like anybody's": {
    given: { wants: [want("smollm2:135m")], facts: facts(["smollm2:135m"]) },
    made: ["smollm2:135m"],
  },
  "a stranger's model is neither ours nor unknown": { given: { facts: facts(["mistral:latest"]) } },
  "a name like ours that nobody wrote down is told and left alone": {
    given: { facts: facts([foreign]) },
    unknown: [foreign],
  },
  "what was made stays written down while it is on the disk": {
    given: { object: hostObject({}, { made }), facts: facts([base, served]) },
    made: [served, base],
  },
  "what is gone from the disk, and wanted by nobody, is forgotten once the host was asked after that": {
    given: { object: hostObject({}, { made }), unwantedSince: new Map(made.map(({ model }) => [model, now - 2_000])) },
  },
  "a list from before nobody wanted it does not count": {
    given: { object: hostObject({}, { made }), unwantedSince: new Map(made.map(({ model }) => [model, now - 500])) },
    made: [served, base],
  },
  "what is not on the disk of a host that is away may still be there": {
    given: {
      object: hostObject({}, { made }),
      liveness: away,
      unwantedSince: new Map(made.map(({ model }) => [model, 0])),
    },
    made: [served, base],
  },
  "a wish is written down, and not begun before that": {
    given: { object: hostObject({}, { made }), facts: facts([base, served]), wished: [wished(served)] },
    made: [served, base],
    removals: [served],
  },
  "what is written down is begun, served names before their bases": {
    given: {
      object: hostObject({}, { made, removals: [removal(base), removal(served)] }),
      facts: facts([base, served]),
    },
    made: [served, base],
    removals: [base, served],
    due: [served, base],
  },
  "nothing is begun while the host is away": {
    given: { object: hostObject({}, { made, removals: [removal(served)] }), liveness: away },
    made: [served, base],
    removals: [served],
  },
  "what is done leaves the list, and what was made": {
    given: {
      object: hostObject({}, { made, removals: [removal(served), removal(base)] }),
      done: new Set([served, base]),
    },
  },
  "what is done but still listed by the host stays ours": {
    given: {
      object: hostObject({}, { made, removals: [removal(served), removal(base)] }),
      facts: facts([served]),
      done: new Set([served, base]),
    },
    made: [served],
  },
  "a name that a deployment wants again is not removed": {
    given: {
      object: hostObject({}, { made, removals: [removal(served)] }),
      wants: [want(served)],
      facts: facts([served, base]),
    },
    made: [served, base],
  },
  "a name of a replica that leaves is": {
    given: {
      object: hostObject({}, { made, removals: [removal(served)] }),
      wants: [want(served, { live: false })],
      facts: facts([served, base]),
    },
    made: [served, base],
    removals: [served],
    due: [served],
  },
  "a name that carries the mark of the deployment that asks may go though it was not written down": {
    given: { wished: [wished(served)], facts: facts([served]) },
    removals: [served],
    unknown: [served],
  },
  "a name that carries another's mark may not": {
    given: { wished: [wished(foreign)], facts: facts([foreign]) },
    unknown: [foreign],
  },
  "a stranger's name may not": { given: { wished: [wished("mistral:latest")], facts: facts(["mistral:latest"]) } },
  "nor one that somebody wrote into the status": {
    given: { object: hostObject({}, { removals: [removal("mistral:latest")] }), facts: facts(["mistral:latest"]) },
  },
  "what was made and nobody wants is not an orphan at once": {
    given: { object: hostObject({}, { made }), facts: facts([base, served]) },
    made: [served, base],
  },
  "after the grace it is": {
    given: {
      object: hostObject({}, { made }),
      facts: facts([base, served]),
      unwantedSince: new Map(made.map(({ model }) => [model, now - limits.orphanGraceMs])),
    },
    made: [served, base],
    removals: [served, base],
    orphans: [served, base],
  },
  "not before every deployment was read": {
    given: {
      object: hostObject({}, { made }),
      facts: facts([base, served]),
      unwantedSince: new Map(made.map(({ model }) => [model, 0])),
      wantsSynced: false,
    },
    made: [served, base],
  },
  "a host that is being deleted loses what nobody wants": {
    given: {
      object: hostObject({}, { made }, deleted),
      facts: facts([base, served]),
      wants: [want(served, { live: false }), want(base)],
    },
    made: [served, base],
    removals: [served],
  },
  "and everything when its time is up": {
    given: {
      object: hostObject({}, { made, removals: [removal(served)] }, { deletionTimestamp: "2026-11-23T11:50:00Z" }),
      facts: facts([base, served]),
      wants: [want(served), want(base)],
    },
    made: [served, base],
    removals: [served, base],
    due: [served],
  },
};

describe("names on a host", () => {
  test.each(Object.entries(cases))("%s", (_, { given, ...expected }) => {
    const names = namesOn(snapshotOf(given));
    const sorted = (list: readonly { model: string }[]) => list.map(({ model }) => model).sort();
    expect({
      made: sorted(names.made),
      removals: sorted(names.removals),
      due: names.due.map(({ model }) => model),
      orphans: sorted(names.orphans),
      unknown: names.unknown,
    }).toEqual({
      made: (expected.made ?? []).toSorted(),
      removals: (expected.removals ?? []).toSorted(),
      due: expected.due ?? [],
      orphans: (expected.orphans ?? []).toSorted(),
      unknown: expected.unknown ?? [],
    });
  });

  test("more removals than the status can hold wait for room", () => {
    const many = Array.from({ length: removalsMax + 1 }, (_, index) =>
      wished(servedName({ ...chat, name: `m${index}` }, "0123456789ab")),
    );
    const names = namesOn(snapshotOf({ wished: many }));
    expect([names.removals.length, names.overflow]).toEqual([removalsMax, true]);
  });

  test("why a removal failed stands with it, and goes when it does", () => {
    const object = hostObject({}, { made, removals: [{ ...removal(served), message: "old trouble" }] });
    const given = { object, facts: facts([base, served]) };
    expect(namesOn(snapshotOf(given)).removals[0]).not.toHaveProperty("message");
    const troubles = new Map([[served, "disk is sulking"]]);
    expect(namesOn(snapshotOf({ ...given, troubles })).removals[0]).toMatchObject({ message: "disk is sulking" });
  });
});
