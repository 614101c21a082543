/** A status is written over the version that it was decided on; whoever wrote in between is heard first. */
import { expect } from "vitest";
import { it, unhurried, useCommunities } from "../../test/deployments/test.ts";
import { modelDeployments } from "../apis/model-deployment.ts";

useCommunities();

it("a status that was decided on an older version is decided anew, which is no failure", async ({ community }) => {
  const { client, namespace } = community;
  const applyStatus = client.applyStatus.bind(client);
  let refused = 0;
  client.applyStatus = (async (type, object, options) => {
    // The first three that come: somebody labels the deployment while the status is on its way.
    const late = type.kind === "ModelDeployment" && refused < 3;
    if (late) {
      const labels = { late: `${++refused}` };
      await client.patch(modelDeployments, { name: "chat", namespace }, { metadata: { labels } });
    }
    return applyStatus(type, object, options);
  }) as typeof applyStatus;
  community.registry.put("tiny");
  await community.addHost("host-a");
  community.start(unhurried);
  await community.deploy("chat");
  const { metadata } = await community.ready("chat");
  expect(metadata.labels).toEqual({ late: "3" });
  const ends = new Set(community.outcomes);
  expect(ends).toContain("conflict");
  expect([...ends].filter((end) => !["conflict", "done", "requeued"].includes(end))).toEqual([]);
  // Four as without conflicts: what was refused counts for nothing.
  expect(community.statusWrites).toBeLessThanOrEqual(4);
});
