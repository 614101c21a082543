import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { modelHosts } from "../../../operator/apis/model-host.ts";
import { memoryClient } from "./memory-client.fixture.ts";
import { applyThisHost, thisHost } from "./this-host.ts";

const mebibyte = 2 ** 20;

test("this machine offers its memory, and the disk that is free with what models hold already", async () => {
  const modelsPath = mkdtempSync(join(tmpdir(), "commonhold-models-"));
  onTestFinished(() => rmSync(modelsPath, { recursive: true }));
  mkdirSync(join(modelsPath, "blobs"));
  writeFileSync(join(modelsPath, "blobs/sha256-a"), Buffer.alloc(8 * mebibyte));
  const client = memoryClient();
  await applyThisHost(client, { url: "http://127.0.0.1:1", owner: "alice", modelsPath }, new AbortController().signal);

  const host = client.objects.get(`${modelHosts.plural}/${thisHost}`) as unknown as { spec: unknown };
  const { hardware, ...spec } = host.spec as { hardware: { accelerator: string; memory: string; disk: string } };
  expect(spec).toMatchObject({ owner: "alice", endpoint: { direct: { url: "http://127.0.0.1:1" } }, memoryShare: 75 });
  expect(hardware).toMatchObject({ accelerator: "cpu", memory: `${Math.floor(totalmem() / mebibyte)}Mi` });
  const { bavail, bsize } = statfsSync(modelsPath);
  const free = (bavail * bsize) / mebibyte;
  // Others write to the same disk meanwhile.
  expect(Math.abs(Number.parseInt(hardware.disk, 10) - free - 8)).toBeLessThan(1024);
});
