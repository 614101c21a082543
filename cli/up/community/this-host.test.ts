import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { readObject } from "../../../governance/policy/read-object.ts";
import { type ModelHostSpec, modelHostKind } from "../../../operator/apis/model-host.ts";
import { type HostFacts, hostFile, hostPath } from "./this-host.ts";

const mebibyte = 2 ** 20;
let facts: HostFacts;

beforeAll(() => {
  const modelsPath = mkdtempSync(join(tmpdir(), "commonhold-models-"));
  facts = { url: "http://127.0.0.1:1", owner: "alice", modelsPath };
  return () => rmSync(modelsPath, { recursive: true });
});

/** As the policy reads it. */
function specOf(text: string | undefined): ModelHostSpec {
  const read = readObject(text ?? "", hostPath, modelHostKind, []);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.value.object.body["spec"] as unknown as ModelHostSpec;
}

test("this machine offers its memory, and the disk that is free with what models hold already", () => {
  const modelsPath = mkdtempSync(join(tmpdir(), "commonhold-models-"));
  onTestFinished(() => rmSync(modelsPath, { recursive: true }));
  mkdirSync(join(modelsPath, "blobs"));
  writeFileSync(join(modelsPath, "blobs/sha256-a"), Buffer.alloc(8 * mebibyte));
  const { hardware, ...spec } = specOf(hostFile({ ...facts, modelsPath }, undefined, undefined));
  expect(spec).toMatchObject({ owner: "alice", endpoint: { direct: { url: "http://127.0.0.1:1" } }, memoryShare: 75 });
  expect(hardware).toMatchObject({ accelerator: "cpu", memory: `${Math.floor(totalmem() / mebibyte)}Mi` });
  const { bavail, bsize } = statfsSync(modelsPath);
  const free = (bavail * bsize) / mebibyte;
  // Others write to the same disk meanwhile.
  expect(Math.abs(Number.parseInt(hardware.disk ?? "", 10) - free - 8)).toBeLessThan(1024);
});

test("a file that says the same address is not touched, whatever else its owner changed", () => {
  const present = hostFile(facts, undefined, undefined)?.replace(
    "memoryShare: 75",
    "memoryShare: 10 # the rest is mine",
  );
  expect(hostFile(facts, present, undefined)).toBeUndefined();
});

test("where the address moved, it alone is changed: comments, order and all other fields stay", () => {
  const present = `# mine\nspec:\n  memoryShare: 10 # the rest is mine\n  endpoint: {direct: {url: "http://127.0.0.1:9"}}\n  owner: alice\n`;
  const moved = hostFile(facts, present, undefined);
  expect(moved).toContain("# mine\n");
  expect(moved).toContain("memoryShare: 10 # the rest is mine\n");
  expect(parse(moved ?? "")).toEqual({
    spec: { memoryShare: 10, endpoint: { direct: { url: "http://127.0.0.1:1" } }, owner: "alice" },
  });
});

test("a host that was declared by hand comes into the policy with what its owner changed in it", () => {
  const former = {
    ...{ owner: "alice", layer: "edge", memoryShare: 20, hardware: { accelerator: "cpu", memory: "1Gi" } },
    endpoint: { direct: { url: "http://127.0.0.1:9", caBundle: "-----BEGIN CERTIFICATE-----" } },
    quietHours: [{ start: "18:00", end: "23:00", timeZone: "UTC" }],
  } as unknown as ModelHostSpec;
  const text = hostFile(facts, undefined, former);
  // A time is a number of base 60 to some parsers.
  expect(text).toContain('start: "18:00"');
  const direct = { url: "http://127.0.0.1:1", caBundle: "-----BEGIN CERTIFICATE-----" };
  expect(specOf(text)).toEqual({ ...former, endpoint: { direct } });
});
