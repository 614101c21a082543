import { describe, expect } from "vitest";
import { onDisk, placed, put, stranger } from "../../test/hosts/placed.ts";
import { eventually, test } from "../../test/hosts/test.ts";
import { annotations } from "../apis/group.ts";

describe("a ModelHost that is deleted", () => {
  test("goes at once where nothing of ours is there", async ({ community }) => {
    const ollama = await community.ollama();
    const host = await community.host("a", ollama.url);
    const { directory } = await community.operator();
    await eventually("ready", async () => (await community.readHost(host))?.status?.state === "Ready");
    await community.deleteHost(host);
    await eventually("gone", async () => (await community.readHost(host)) === undefined);
    await eventually("out of the directory", () => directory.get(host) === undefined);
    const asked = ollama.requests.length;
    expect(await directory.refresh(host)).toBeUndefined();
    expect(ollama.requests.length).toBe(asked);
  });

  test("waits until the machine is clean", async ({ community }) => {
    const ollama = await community.ollama();
    put(ollama, stranger);
    const host = await community.host("a", ollama.url);
    const { directory } = await community.operator();
    const { base, served } = await placed(community, host, ollama);
    await eventually("made", async () => (await community.readHost(host))?.status?.modelCount === 2);
    await community.deleteHost(host);
    await eventually("leaving", async () => (await community.readHost(host))?.status?.state === "Leaving");
    expect(directory.get(host)?.placement.leaving).toBeDefined();
    expect(onDisk(ollama, served)).toBe(true);
    // Its replica moves away: nobody wants the names any more.
    await community.writeReplicas("chat", []);
    await eventually("gone", async () => (await community.readHost(host)) === undefined);
    expect([served, base, stranger].map((name) => onDisk(ollama, name))).toEqual([false, false, true]);
  });

  test("waits for its replicas only so long", async ({ community }) => {
    const ollama = await community.ollama();
    const host = await community.host("a", ollama.url);
    await community.operator({ limits: { leaveMs: 300 } });
    const { served } = await placed(community, host, ollama);
    await eventually("made", async () => (await community.readHost(host))?.status?.modelCount === 2);
    await community.deleteHost(host);
    await eventually("gone", async () => (await community.readHost(host)) === undefined);
    expect(onDisk(ollama, served)).toBe(false);
  });

  test("that is away is let go when its owner says that the machine is gone", async ({ community }) => {
    const ollama = await community.ollama();
    const host = await community.host("a", ollama.url);
    await community.operator();
    await placed(community, host, ollama);
    await eventually("made", async () => (await community.readHost(host))?.status?.modelCount === 2);
    await ollama.stop();
    await community.deleteDeployment("chat");
    await community.deleteHost(host);
    const said = await eventually("says how", async () => {
      const found = await community.condition(host, "RemovalsPending");
      return found?.reason === "WaitingForHost" && found;
    });
    expect(said.message).toContain("commonhold.dev/abandon=true");
    await community.patchHost(host, { metadata: { annotations: { [annotations.abandon]: "true" } } });
    await eventually("gone", async () => (await community.readHost(host)) === undefined);
    expect(await community.events(host)).toContain("LetGo");
  });

  test("that stays away is let go after a while, and it is told what may still lie there", async ({ community }) => {
    const ollama = await community.ollama();
    const host = await community.host("a", ollama.url);
    await community.operator({ limits: { letGoMs: 500 } });
    await placed(community, host, ollama);
    await eventually("made", async () => (await community.readHost(host))?.status?.modelCount === 2);
    await ollama.stop();
    await community.deleteDeployment("chat");
    await community.deleteHost(host);
    await eventually("gone", async () => (await community.readHost(host)) === undefined);
    expect(await community.events(host)).toContain("LetGo");
  });
});
