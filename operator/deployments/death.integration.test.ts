import { describe, expect } from "vitest";
import { createNamespace } from "../../test/control-plane/test.ts";
import { it, namesOn, newCommunity, servedOn, useCommunities } from "../../test/deployments/test.ts";

useCommunities();

describe("an operator killed", () => {
  const callsOfTheWay = 26;
  const lanes = 4;

  it("before any of its calls leaves nothing that the next one does not finish", { timeout: 300_000 }, async ({
    plane,
  }) => {
    const deaths = Array.from({ length: callsOfTheWay }, (_, index) => index + 1);
    const lane = async (first: number): Promise<void> => {
      for (const death of deaths.filter((_, index) => index % lanes === first)) {
        const community = newCommunity({ plane, namespace: await createNamespace(plane) });
        const host = await community.addHost("host-a");
        community.registry.put("tiny");
        community.dieAt = death;
        community.start();
        await community.deploy("chat");
        await Promise.race([community.died(), community.ready("chat")]);
        await community.stop();
        community.start();
        const ready = await community.ready("chat");
        expect(namesOn(host).toSorted(), `killed before call ${death}`).toEqual(
          [servedOn(ready), ready.status?.replicas?.[0]?.hosts[0]?.base].toSorted(),
        );
        await community.stop();
      }
    };
    await Promise.all(Array.from({ length: lanes }, (_, index) => lane(index)));
  });
});
