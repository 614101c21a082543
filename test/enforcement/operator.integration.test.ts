/** The whole operator where the community governs: nothing that it does is in the way of the policies, nor they in its. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { annotations } from "../../operator/apis/group.ts";
import type { ModelDeployment } from "../../operator/apis/model-deployment.ts";
import { systemClock, systemRandom } from "../../operator/clock/system.ts";
import { digestOf } from "../../operator/models/digest.ts";
import { readSettings } from "../../operator/server/settings.ts";
import { type RunningOperator, startOperator } from "../../operator/server/start.ts";
import { type OllamaDouble, startOllamaDouble } from "../doubles/ollama/double.ts";
import { tinyGguf } from "../models/tiny-gguf.ts";
import { apply, type Named, patch, remove, types } from "./objects.ts";
import { governed, startWorld, type World } from "./world.ts";

const model = tinyGguf();
const logged: { level: number; err?: { message: string } }[] = [];
const host: Named = { kind: "ModelHost", name: "host-a" };
const chat: Named = { kind: "ModelDeployment", name: "chat", namespace: governed };

let world: World & { end(): Promise<void> };
let double: OllamaDouble;
let files: Server;
let operator: RunningOperator;

beforeAll(async () => {
  world = await startWorld();
  double = await startOllamaDouble();
  files = createServer((_, response) => response.end(model));
  await new Promise<void>((resolve) => files.listen(0, "127.0.0.1", resolve));
  const settings = readSettings({
    COMMONHOLD_OPERATOR_PORT: "0",
    COMMONHOLD_ALLOWED_ADDRESSES: "127.0.0.1",
    COMMONHOLD_HOST_ADDRESSES: "127.0.0.1",
  });
  const logger = pino({ level: "info" }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const client = world.as("operator");
  const [clock, random] = [systemClock, systemRandom];
  operator = await startOperator({ settings, client, logger, identity: "first", clock, random });
});

afterAll(async () => {
  await operator?.stop();
  await double?.stop();
  files?.close();
  await world?.end();
});

test("what governance decides is brought onto a host, scaled, and taken off again", async () => {
  const governance = world.as("governance");
  const read = async () => (await governance.get(types.ModelDeployment, chat)) as ModelDeployment | undefined;
  const becomes = (ready: string) => expect.poll(async () => (await read())?.status?.ready).toBe(ready);
  const url = `http://127.0.0.1:${(files.address() as AddressInfo).port}/tiny.gguf`;
  const file = { url, sha256: digestOf(model).slice(7), size: model.length };
  const spec = { model: { files: [file] }, context: 512 };

  await apply(host, { endpoint: { direct: { url: double.url } } })(governance);
  await apply(chat, { ...spec, replicas: 1 })(governance);
  await becomes("1/1");
  await apply(chat, { ...spec, replicas: 0 })(governance);
  await becomes("0/0");
  await apply(chat, { ...spec, replicas: 1 })(governance);
  await becomes("1/1");
  await remove(chat)(governance);
  await expect.poll(read).toBeUndefined();
  expect(double.disk.list()).toEqual([]);
  // Else the operator would keep a machine that is there until it has looked twice for models of ours.
  await patch(host, { metadata: { annotations: { [annotations.abandon]: "true" } } })(world.as("hostKeeper"));
  await remove(host)(governance);
  await expect.poll(() => governance.get(types.ModelHost, host)).toBeUndefined();
  expect(logged.filter(({ level, err }) => level >= 50 || /forbidden/i.test(err?.message ?? ""))).toEqual([]);
});
