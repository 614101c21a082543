/** A download that found unchecked layers on the host is made twice (engines/ollama/pull.ts); what it holds meanwhile is ours to find again. */
import { expect } from "vitest";
import { waitMs } from "../../test/deployments/community.ts";
import { it, modelsOn, namesOn, servedOn, useCommunities } from "../../test/deployments/test.ts";

useCommunities();

it("an operator that dies while layers are renewed leaves no name on the host that the next one does not know", async ({
  community,
}) => {
  const host = await community.addHost("host-a");
  const manifest = community.registry.put("tiny", { bytes: 1_000_000, template: "shared by two models" });
  const unchecked = manifest.layers[1]!;
  host.disk.blobs.set(unchecked.digest, { ...unchecked, spoilt: true });
  // Neither the model's name nor the one that holds its weights is taken away: the operator is gone before.
  host.faults.add("/api/delete", { kind: "hang" }, 2);
  community.start();
  await community.deploy("chat");
  const deletions = () => host.requests.filter(({ path }) => path === "/api/delete").length;
  await expect.poll(deletions, { timeout: waitMs, interval: 10 }).toBe(1);
  await community.stop();
  host.faults.clear();
  expect(namesOn(host)).toHaveLength(2);

  community.start();
  const ready = await community.ready("chat");
  const part = ready.status?.replicas?.[0]?.hosts[0];
  expect(namesOn(host).toSorted()).toEqual([servedOn(ready), part?.base ?? ""].toSorted());
  expect(modelsOn(host).find(({ name }) => name === part?.base)?.digest).toBe(manifest.digest);
  await community.remove("chat");
  await community.until("chat", "gone", (deployment) => deployment === undefined);
  expect(namesOn(host)).toEqual([]);
});
