import { describe, expect, test } from "vitest";
import type { FoundModel } from "../models/model-facts.ts";
import { deploymentNamed, described, GiB, hostNamed, MiB, now } from "./community.fixture.ts";
import { type Change, type Community, changed, placed } from "./community.ts";
import { effectsOf } from "./effects.ts";

const own = (deployment: ReturnType<typeof deploymentNamed>): Change => ({
  kind: "ModelDeployment",
  key: `community/${deployment.metadata.name}`,
  result: deployment,
});
const machine = (name: string, result: ReturnType<typeof hostNamed> | undefined): Change => ({
  kind: "ModelHost",
  key: name,
  result,
});
const gone = (name: string): Change => ({ kind: "ModelDeployment", key: `community/${name}`, result: undefined });

/** `sizes`: memory that each described model takes. */
function effects(before: Community, changes: readonly Change[], sizes: Record<string, number> = {}): string[] {
  const found = new Map<string, FoundModel>();
  for (const [name, bytes] of Object.entries(sizes)) {
    const change = { kind: "ModelDeployment", namespace: "community", name };
    found.set(`community/${name}`, { changed: change, description: described(name, bytes) });
  }
  const names = new Set(changes.filter(({ kind }) => kind === "ModelDeployment").map(({ key }) => key));
  const after = changed(before, changes, now);
  return effectsOf(placed(before, before, new Map(), now), placed(after, before, found, now), names);
}

const one: Community = {
  hosts: [hostNamed("this-machine", { hardware: { accelerator: "cpu", memory: "18Gi" } })],
  deployments: [],
};
const busy: Community = {
  hosts: [hostNamed("a"), hostNamed("b")],
  deployments: [
    deploymentNamed("chat", {}, { bytes: 5 * GiB, on: ["a"] }),
    deploymentNamed("embed", {}, { bytes: 1 * GiB, on: ["b"] }),
  ],
};

describe("a model that comes", () => {
  test("is said to run where it fits, with what it needs and what stays free", () => {
    expect(effects(one, [own(deploymentNamed("smollm2"))], { smollm2: 182 * MiB })).toEqual([
      "community/smollm2 would run on this-machine (needs 182 MiB; 17.8 GiB stay free)",
    ]);
  });

  test.each([
    [
      "is too large for every machine",
      busy,
      {},
      20 * GiB,
      /^community\/new would not run: 0 of 1 replica placed. Larger than every host; 12.0 GiB more on a would do: a \(needs 20.0 GiB; has 8.0 GiB in all: 12.0 GiB too little\), b/,
    ],
    [
      "finds no room beside the others",
      busy,
      {},
      7.5 * GiB,
      /^community\/new would not run: .*a \(needs 7.5 GiB; 3.0 GiB of 8.0 GiB free\), b \(needs 7.5 GiB; 7.0 GiB of 8.0 GiB free\)$/,
    ],
    [
      "wants more machines than there are",
      busy,
      { replicas: 3 },
      1 * GiB,
      /^community\/new would run on b \(.*\) and a \(.*\)\ncommunity\/new would lack replicas: 2 of 3 replicas placed. No further host: each of the 2 carries one already$/,
    ],
    [
      "wants a label that no machine has",
      one,
      {
        placement: {
          layer: "community",
          hostSelector: { matchLabels: { gpu: "3090" } },
          spreadBy: "host",
          minimumTrust: "known",
        },
      } as const,
      GiB,
      /this-machine \(lacks a label: gpu=3090 is wanted, not set\)/,
    ],
    ["wants no replica", one, { replicas: 0 }, GiB, /^community\/new would run nowhere: it asks for no replica$/],
    ["comes where there is no machine", { hosts: [], deployments: [] }, {}, GiB, /There is no ModelHost$/],
    [
      "declares its memory itself",
      one,
      { memory: "3Gi" },
      20 * GiB,
      /^community\/new would run on this-machine \(needs 3.0 GiB; 15.0 GiB stay free\)$/,
    ],
  ])("%s", (_, before, spec, bytes, words) => {
    expect(effects(before, [own(deploymentNamed("new", spec))], { new: bytes }).join("\n")).toMatch(words);
  });

  test("with a higher priority makes others give way, and both are told", () => {
    const small = hostNamed("b", { hardware: { accelerator: "cpu", memory: "3Gi" } });
    const full = {
      hosts: [hostNamed("a"), small],
      deployments: [deploymentNamed("chat", {}, { bytes: 2 * GiB, on: ["a"] })],
    };
    expect(effects(full, [own(deploymentNamed("urgent", { priority: 10 }))], { urgent: 7 * GiB })).toEqual([
      "community/urgent would run on a once there is room",
      "community/chat on a would make room for community/urgent, which has a higher priority",
      "community/chat would run on b too",
    ]);
  });

  test("counts what strangers have in memory, and the owner's share", () => {
    const loaded = [{ name: "theirs", bytes: 6 * GiB, acceleratorBytes: 0, ours: false }];
    const shared = { hosts: [hostNamed("a", {}, { loaded }), hostNamed("b", { memoryShare: 25 })], deployments: [] };
    expect(effects(shared, [own(deploymentNamed("new"))], { new: 3 * GiB }).join()).toMatch(
      /a \(needs 3.0 GiB; 2.0 GiB of 8.0 GiB left beside its owner's own models\), b \(needs 3.0 GiB; has 2.0 GiB of 8.0 GiB, the share that alice allows/,
    );
  });

  test("does not run on a machine that is away", () => {
    const conditions = [
      {
        type: "Ready",
        status: "False" as const,
        reason: "NotAnswering",
        message: "It is off.",
        lastTransitionTime: "2026-11-23T00:00:00Z",
      },
    ];
    const away = { hosts: [hostNamed("a", {}, { conditions })], deployments: [] };
    expect(effects(away, [own(deploymentNamed("new"))], { new: GiB }).join()).toContain("a (not ready: It is off)");
  });
});

describe("a model that changes", () => {
  const before = { hosts: [hostNamed("a")], deployments: [deploymentNamed("chat", {}, { bytes: 2 * GiB, on: ["a"] })] };

  test("stays where it is when its new size fits", () => {
    expect(effects(before, [own(deploymentNamed("chat", { model: { ollama: "other" } }))], { chat: 4 * GiB })).toEqual([
      "community/chat would run on a (needs 2.0 GiB; 6.0 GiB stay free)",
    ]);
  });

  test("takes what its new model takes", () => {
    const change = own(deploymentNamed("chat", { model: { ollama: "other" }, context: 8192 }));
    expect(effects(before, [change], { chat: 4 * GiB })).toEqual([
      "community/chat would run on a (needs 4.0 GiB; 4.0 GiB stay free)",
    ]);
  });

  test("is said not to fit any more when it has grown too large", () => {
    const change = own(deploymentNamed("chat", { context: 8192 }));
    expect(effects(before, [change], { chat: 12 * GiB }).join()).toContain("community/chat would not run");
  });

  test("goes by what was measured where only the number of replicas changes", () => {
    const two = { ...before, hosts: [hostNamed("a"), hostNamed("b")] };
    expect(effects(two, [own(deploymentNamed("chat", { replicas: 2 }))], { chat: 7 * GiB })).toEqual([
      "community/chat would run on a (needs 2.0 GiB; 6.0 GiB stay free) and b (needs 2.0 GiB; 6.0 GiB stay free)",
    ]);
  });
});

describe("what goes or shrinks", () => {
  test("a model: where it stops, and what becomes free", () => {
    expect(effects(busy, [gone("chat")])).toEqual(["community/chat would stop on a, where 5.0 GiB become free"]);
  });

  test("a machine: what it takes with it, and where its models go", () => {
    expect(effects(busy, [machine("a", undefined)])).toEqual([
      "a would take 8.0 GiB for models with it",
      "community/chat would leave a: a is no longer a host",
      "community/chat would run on b too",
    ]);
  });

  test("a machine whose models fit nowhere else", () => {
    const tight = {
      ...busy,
      hosts: [hostNamed("a"), hostNamed("b", { hardware: { accelerator: "cpu", memory: "4Gi" } })],
    };
    expect(effects(tight, [machine("a", undefined)]).join("\n")).toMatch(
      /community\/chat would lack replicas: 0 of 1 replica placed/,
    );
  });

  test("a machine that is paused", () => {
    expect(effects(busy, [machine("a", hostNamed("a", { pause: true }))]).join("\n")).toContain(
      "community/chat would leave a: a (paused by its owner alice)",
    );
  });

  test("a machine that declares less memory", () => {
    const change = machine("a", hostNamed("a", { hardware: { accelerator: "cpu", memory: "4Gi" } }));
    expect(effects(busy, [change]).join("\n")).toContain("a would have 4.0 GiB for models instead of 8.0 GiB");
  });
});

describe("a machine that comes", () => {
  test("brings what its owner declares", () => {
    const change = machine("c", hostNamed("c", { owner: "bob", memoryShare: 50 }, null));
    expect(effects(busy, [change])).toEqual(["c would bring 4.0 GiB for models, as bob declares"]);
  });

  test("and a model that fits there only", () => {
    const changes = [
      machine("c", hostNamed("c", { hardware: { accelerator: "nvidia", memory: "24Gi" } }, null)),
      own(deploymentNamed("big")),
    ];
    expect(effects(busy, changes, { big: 20 * GiB })).toEqual([
      "c would bring 24.0 GiB for models, as alice declares",
      "community/big would run on c (needs 20.0 GiB; 4.0 GiB stay free)",
    ]);
  });
});

test("what nothing touches is not told", () => {
  expect(effects(busy, [])).toEqual([]);
});
