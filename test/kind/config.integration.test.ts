/** What the real kind makes of our configuration, up to what it would have Docker run: it refuses fields that it does not know. */
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { programPath } from "../programs/program-path.ts";
import { tryRun } from "../programs/run.ts";
import { kindConfig, nodeImage } from "./config.ts";
import { play } from "./played.fixture.ts";

const info = JSON.stringify({ CgroupVersion: "2", MemoryLimit: true, PidsLimit: true, CPUShares: true });

async function created(config: object): Promise<{ code: number | null; stderr: string; node: string | undefined }> {
  const docker = play({ docker: { "'info --format {{json .}}'": `echo '${info}'`, "'run '*": "exit 125" } });
  const args = ["create", "cluster", "--name=x", "--config=-"];
  const { code, stderr } = await tryRun(await programPath("kind"), args, { env: docker.env, stdin: stringify(config) });
  return { code, stderr, node: docker.asked().find((line) => line.startsWith("docker run ")) };
}

test("kind has the node run from the pinned image, with our temporary files and one port of loopback", async () => {
  const { node } = await created(kindConfig({ temporary: "/tmp", outsidePort: 40_001 }));
  expect(node).toContain(" --volume=/tmp:/var/commonhold-tests ");
  expect(node).toContain(" --publish=127.0.0.1:40001:30435/TCP ");
  expect(node?.endsWith(` ${nodeImage}`)).toBe(true);
});

test("kind refuses a field that it does not have, so that the test above would see one", async () => {
  const { code, stderr, node } = await created({ ...kindConfig({ temporary: "/tmp", outsidePort: 40_001 }), node: [] });
  expect(stderr).toContain("field node not found");
  expect([code, node]).toEqual([1, undefined]);
});
