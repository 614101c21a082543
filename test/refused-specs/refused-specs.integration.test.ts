import { beforeAll, describe, expect } from "vitest";
import { apiVersion } from "../../operator/apis/group.ts";
import { installCrds, requestApi, test, workerControlPlane } from "../control-plane/test.ts";
import { refusedDecisions } from "./decision.ts";
import { refusedLedgerRoots } from "./ledger-root.ts";
import { refusedMembers } from "./member.ts";
import { refusedDeployments } from "./model-deployment.ts";
import { refusedHosts } from "./model-host.ts";
import type { RefusedSpecs } from "./refusal.ts";

const tables: [kind: string, path: string, table: RefusedSpecs][] = [
  ["ModelDeployment", "namespaces/default/modeldeployments", refusedDeployments],
  ["ModelHost", "modelhosts", refusedHosts],
  ["Member", "members", refusedMembers],
  ["Decision", "decisions", refusedDecisions],
  ["LedgerRoot", "ledgerroots", refusedLedgerRoots],
];

beforeAll(async () => {
  await installCrds(await workerControlPlane(), "manifests/crds");
});

for (const [kind, path, table] of tables) {
  describe(`the API server refuses a ${kind}`, () => {
    for (const [sentence, refused] of Object.entries(table)) {
      test(`${sentence}`, async ({ plane }) => {
        const object = { apiVersion, kind, metadata: { name: refused.name ?? "refused" }, spec: refused.spec };
        const url = `/apis/${apiVersion}/${path}?dryRun=All&fieldValidation=Strict`;
        const answer = await requestApi(plane, "POST", url, object);
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.body.message).toContain(refused.answer);
      });
    }
  });
}

describe("the tables of refused specs", () => {
  test("hold at least 40 specs, 25 of them refused for what they mean", () => {
    const all = tables.flatMap(([, , table]) => Object.values(table));
    expect(all.length).toBeGreaterThanOrEqual(40);
    expect(all.filter((refused) => refused.about === "meaning").length).toBeGreaterThanOrEqual(25);
  });
});
