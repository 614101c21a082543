import { describe, expect, test } from "vitest";
import type { KubeClient } from "../../../operator/kube/client.ts";
import { KubeError } from "../../../operator/kube/errors.ts";
import { ClusterView } from "../cluster-view.ts";
import type { FoundModel } from "../models/model-facts.ts";
import { capacityOf } from "./capacity.ts";
import { deploymentNamed, hostNamed, now } from "./community.fixture.ts";
import type { Change } from "./community.ts";

/** As much of a client as is asked: what there is of each kind. */
function viewOf(lists: Readonly<Record<string, readonly unknown[]>>): ClusterView {
  const list = async ({ kind }: { kind: string }) => {
    const items = lists[kind];
    if (!items) throw new KubeError("GET /…: connection refused", { reason: "ConnectionFailed" });
    return { items, resourceVersion: "1" };
  };
  return new ClusterView({ list } as unknown as KubeClient, new AbortController().signal);
}

const comes = (name: string): Change => ({
  kind: "ModelDeployment",
  key: `community/${name}`,
  result: deploymentNamed(name),
});
const unknown = (...names: string[]): ReadonlyMap<string, FoundModel> =>
  new Map(
    names.map((name) => [
      `community/${name}`,
      { changed: { kind: "ModelDeployment", namespace: "community", name }, unknown: "its registry is away" },
    ]),
  );
const empty = { ModelHost: [hostNamed("a")], ModelDeployment: [] };

describe("what a proposal does to machines", () => {
  test("is nothing where no machine and no deployment changes, and nobody is asked", async () => {
    const question = { cluster: viewOf({}), changes: [], found: new Map(), now };
    expect(await capacityOf(question)).toEqual([]);
  });

  test.each([
    ["there is no cluster", undefined],
    ["it does not tell its machines", viewOf({ ModelDeployment: [] })],
    ["it does not tell its deployments", viewOf({ ModelHost: [] })],
  ])("is not known where %s", async (_, cluster) => {
    expect(await capacityOf({ cluster, changes: [comes("x")], found: new Map(), now })).toEqual([
      "What this does to machines is not known: the cluster could not be asked which machines there are",
    ]);
  });

  test("is not known of a model without a size, each reason told once", async () => {
    const one = await capacityOf({ cluster: viewOf(empty), changes: [comes("x")], found: unknown("x"), now });
    expect(one).toEqual(["where community/x would run is not known, because its size is not: its registry is away"]);
    const changes = [comes("x"), comes("y"), comes("z")];
    const three = await capacityOf({ cluster: viewOf(empty), changes, found: unknown("x", "y", "z"), now });
    expect(three).toEqual([
      "where community/x, community/y and community/z would run is not known, because their sizes are not: its registry is away",
    ]);
  });

  test("is not tried for more machines and deployments than can be tried", async () => {
    const hosts = Array.from({ length: 1_000 }, (_, i) => hostNamed(`h${i}`));
    const deployments = Array.from({ length: 600 }, (_, i) => deploymentNamed(`d${i}`));
    const cluster = viewOf({ ModelHost: hosts, ModelDeployment: deployments });
    expect(await capacityOf({ cluster, changes: [comes("x")], found: new Map(), now })).toEqual([
      "What this does to machines is not known: 601 deployments on 1000 machines are too many to try",
    ]);
  });

  test("is told up to a bound", async () => {
    const changes = Array.from(
      { length: 80 },
      (_, i): Change => ({ kind: "ModelHost", key: `h${i}`, result: hostNamed(`h${i}`, {}, null) }),
    );
    const said = await capacityOf({ cluster: viewOf(empty), changes, found: new Map(), now });
    expect(said).toHaveLength(51);
    expect(said.at(-1)).toBe("and 30 more effects");
  });

  test("has no sentence that a terminal obeys, whatever hosts say of themselves", async () => {
    const conditions = [
      {
        type: "Ready",
        status: "False" as const,
        reason: "x",
        message: "\u001b[2Jno",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ];
    const cluster = viewOf({ ModelHost: [hostNamed("a", {}, { conditions })], ModelDeployment: [] });
    const result = { ...deploymentNamed("x"), status: deploymentNamed("x", {}, { bytes: 1, on: [] }).status };
    const found = new Map([
      [
        "community/x",
        {
          changed: comes("x"),
          description: { reference: "x", source: "Registry", digest: "d", bytes: 1, attachedBytes: 0 },
        },
      ],
    ]);
    const said = await capacityOf({
      cluster,
      changes: [{ ...comes("x"), result }],
      found: found as unknown as ReadonlyMap<string, FoundModel>,
      now,
    });
    expect(said.join()).toContain("not ready: \\x1b[2Jno");
  });
});
