import { describe, expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { createKubeClient, type KubeClient } from "../../operator/kube/client.ts";
import { kubeConfigFor } from "../../operator/kube/kubeconfig.ts";
import { ModelError } from "../../operator/models/model-error.ts";
import { host, model, policyOf, read } from "../policy/tree.fixture.ts";
import { described } from "./capacity/community.fixture.ts";
import { clusterMsMax, modelMsMax, modelsMax } from "./limits.ts";
import { makePlan, type PlanSources } from "./make-plan.ts";
import type { DescribeModel } from "./models/description.ts";
import type { ProposalPlan } from "./plan.ts";

const never = new AbortController().signal;
const before = policyOf();

function plan(changes: Parameters<typeof read>[0], sources: Partial<PlanSources> = {}): Promise<ProposalPlan> {
  return makePlan(before, read(changes), { clock: new ManualClock(), ...sources }, never);
}

/** Nobody listens there. */
async function withNobody<T>(use: (client: KubeClient) => Promise<T>): Promise<T> {
  const client = createKubeClient(kubeConfigFor("http://127.0.0.1:1", { token: "x" }), { clock: systemClock });
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

describe("without a cluster", () => {
  test("every object that changes is shown as its files say", async () => {
    const bigger = model("smollm2", "community", "{model: {ollama: smollm2:360m}}");
    const planned = await plan({ "models/b.yaml": model("b"), "models/smollm2.yaml": bigger });
    expect(planned.problems).toEqual([]);
    expect(planned.objects).toEqual([
      expect.objectContaining({ name: "b", change: "create", basis: "files" }),
      {
        kind: "ModelDeployment",
        namespace: "community",
        name: "smollm2",
        change: "update",
        basis: "files",
        diff: [
          "@@ -3,4 +3,4 @@",
          "   namespace: community",
          " spec:",
          "   model:",
          "-    ollama: smollm2:135m",
          "+    ollama: smollm2:360m",
        ],
      },
    ]);
    expect(planned.capacity).toEqual([
      "What this does to machines is not known: the cluster could not be asked which machines there are",
    ]);
  });

  test("a removal shows what goes", async () => {
    const more = policyOf({ "models/b.yaml": model("b") });
    const planned = await makePlan(more, read({}), { clock: new ManualClock() }, never);
    expect(planned.objects).toMatchObject([{ name: "b", change: "remove", diff: expect.arrayContaining(["-spec:"]) }]);
  });

  test("members alone do nothing to machines", async () => {
    const planned = await makePlan(
      policyOf({ "hosts/alice-desktop.yaml": undefined }),
      read({ "hosts/alice-desktop.yaml": undefined }),
      { clock: new ManualClock() },
      never,
    );
    expect(planned).toEqual({ problems: [], objects: [], capacity: [], models: [] });
  });

  test("one that is away is asked once, not once for each object", async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`models/m${i}.yaml`, model(`m${i}`)]));
    await withNobody(async (cluster) => {
      const planned = await plan(many, { cluster, clock: systemClock });
      expect(planned.objects.map(({ basis }) => basis)).toEqual(Array(30).fill("files"));
      expect(planned.capacity[0]).toContain("the cluster could not be asked");
    });
  });

  test("one that never answers is waited for so long and no longer", async () => {
    const clock = new ManualClock();
    const get = (_: unknown, __: unknown, { signal }: { signal: AbortSignal }) =>
      new Promise((___, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const silent = { get } as unknown as KubeClient;
    const planning = plan({ "models/b.yaml": model("b"), "models/c.yaml": model("c") }, { cluster: silent, clock });
    await clock.advance(clusterMsMax + 1);
    expect((await planning).objects.map(({ basis }) => basis)).toEqual(["files", "files"]);
    expect(clock.pending).toBe(0);
  });

  test("only the first diffs are shown, all changes are named", async () => {
    const many = Object.fromEntries(Array.from({ length: 310 }, (_, i) => [`models/m${i}.yaml`, model(`m${i}`)]));
    const { objects } = await plan(many);
    expect(objects).toHaveLength(310);
    expect(objects.filter(({ diff }) => diff.length > 0)).toHaveLength(300);
    expect(objects.every(({ change }) => change === "create")).toBe(true);
  });
});

describe("fails with its problems, and says nothing else,", () => {
  test.each([
    ["where a file is wrong", { "models/b.yaml": "a: &x 1" }, /models\/b\.yaml.*an anchor/],
    [
      "where a machine goes without confirmation",
      { "hosts/alice-desktop.yaml": undefined },
      /ModelHost alice-desktop is not confirmed/,
    ],
    [
      "where nothing would be left",
      { "hosts/alice-desktop.yaml": undefined, "models/smollm2.yaml": undefined },
      /no model and no machine would be left/,
    ],
  ])("%s", async (_, changes, words) => {
    const planned = await plan(changes);
    expect(planned.problems.map(({ file, reason }) => `${file} ${reason}`).join("\n")).toMatch(words);
    expect(planned).toMatchObject({ objects: [], capacity: [], models: [] });
    expect(planned.problems[0]).not.toHaveProperty("code");
  });

  test("but not where the removal is confirmed", async () => {
    const confirmations = "format: 1\nremovals: [{kind: ModelHost, name: alice-desktop, reason: sold}]\n";
    const planned = await plan({ "hosts/alice-desktop.yaml": undefined, "confirmations.yaml": confirmations });
    expect(planned.problems).toEqual([]);
    expect(planned.objects).toMatchObject([{ kind: "ModelHost", change: "remove" }]);
  });
});

describe("of models it says", () => {
  const describeModel: DescribeModel = async ({ ollama = "?" }) => {
    if (ollama.startsWith("gone")) throw new ModelError("NotFound", "there is no model gone:1\u001b");
    return { ...described(ollama, 125), licence: "MIT" };
  };

  test("size, licence and where they are from; or why not", async () => {
    const changes = {
      "models/b.yaml": model("b"),
      "models/c.yaml": model("c", "community", "{model: {ollama: gone:1}}"),
    };
    expect((await plan(changes, { describeModel })).models).toEqual([
      {
        kind: "ModelDeployment",
        namespace: "community",
        name: "b",
        reference: "smollm2:135m",
        bytes: 100,
        licence: "MIT",
      },
      {
        kind: "ModelDeployment",
        namespace: "community",
        name: "c",
        reference: "gone:1",
        unknown: "there is no model gone:1\\x1b",
      },
    ]);
  });

  test.each([
    [
      "nothing where only replicas change",
      { "models/smollm2.yaml": model("smollm2", "community", "{model: {ollama: smollm2:135m}, replicas: 2}") },
    ],
    ["nothing of a machine", { "hosts/bob-server.yaml": host("bob-server", "bob") }],
  ])("%s", async (_, changes) => {
    expect((await plan(changes, { describeModel })).models).toEqual([]);
  });

  test("that no registry is asked, where that is so", async () => {
    expect((await plan({ "models/b.yaml": model("b") })).models).toMatchObject([
      { unknown: "no registry is asked by this service" },
    ]);
  });

  test("nothing of more than a few, so that a proposal cannot keep a registry busy", async () => {
    let asked = 0;
    const counting: DescribeModel = (source, signal) => {
      asked++;
      return describeModel(source, signal);
    };
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`models/m${i}.yaml`, model(`m${i}`)]));
    const { models } = await plan(many, { describeModel: counting });
    expect(asked).toBe(modelsMax);
    expect(models.at(-1)?.unknown).toBe("more than 20 models change at once");
  });

  test("that a registry did not answer in time, all together", async () => {
    const clock = new ManualClock();
    const silent: DescribeModel = (_, signal) =>
      new Promise((__, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const many = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`models/m${i}.yaml`, model(`m${i}`)]));
    const planning = plan(many, { describeModel: silent, clock });
    await clock.advance(modelMsMax + 1);
    expect((await planning).models.map(({ unknown }) => unknown)).toEqual(
      Array(6).fill("nothing was answered within 30 s"),
    );
  });
});

test("a plan that is given up ends with the reason", async () => {
  const given = AbortSignal.abort(new Error("enough"));
  const planning = makePlan(before, read({ "models/b.yaml": model("b") }), { clock: new ManualClock() }, given);
  await expect(planning).rejects.toThrow("enough");
});

test("an error in our own code is no answer of a cluster", async () => {
  const broken = { get: async () => Promise.reject(new TypeError("a bug")) } as unknown as KubeClient;
  await expect(plan({ "models/b.yaml": model("b") }, { cluster: broken })).rejects.toThrow("a bug");
});
