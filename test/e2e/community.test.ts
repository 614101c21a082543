/** Real parts: two Ollama hosts, a registry that can fail, operator and gateway under their own permissions. */
import { Ollama } from "ollama";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatewayService, operatorService } from "../../operator/apis/permissions.ts";
import { pushModel } from "../doubles/registry/push.ts";
import { tinyGguf } from "../models/tiny-gguf.ts";
import { grantsOf, ungranted, usesOf } from "./permissions.ts";
import { conditionOf, deploymentUntil, getDeployment, goneUntil, hostUntil, isReady, modelsOn } from "./wait.ts";
import { applyHost, deploymentOf, startWorld, type World } from "./world.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld(["gpu1", "gpu2"]);
});
afterAll(() => world?.discard());

/** A tiny model of its own bytes in the registry, and the reference by which it is deployed. */
async function push(name: string, seed: number, tag = "1") {
  const pushed = await pushModel(world.registry.origin, {
    repository: `library/${name}`,
    tag,
    gguf: tinyGguf({ seed, name }),
  });
  return { ...pushed, reference: `${world.registry.host}/library/${name}:${tag}` };
}

function apply(name: string, spec: object): Promise<string> {
  return world.kubectl(["apply", "-f", "-"], JSON.stringify(deploymentOf(name, spec)));
}

const chat = { messages: [{ role: "user" as const, content: "hello" }], max_tokens: 8 };
const openai = () => new OpenAI({ baseURL: `${world.gateway.url}/v1`, apiKey: world.key, maxRetries: 0 });
const ollama = () => new Ollama({ host: world.gateway.url, headers: { authorization: `Bearer ${world.key}` } });

describe("two hosts", () => {
  test("one model on both and one on one: each answers, and status says where it is and what exactly", async () => {
    const both = await push("both", 1);
    const single = await push("single", 2);
    await apply("both", { model: { ollama: both.reference }, replicas: 2, context: 512 });
    await apply("single", { model: { ollama: single.reference }, context: 512 });
    const ready = await deploymentUntil(world, "both", isReady);
    await deploymentUntil(world, "single", isReady);
    expect(ready.status?.replicas?.flatMap(({ hosts }) => hosts.map(({ name }) => name)).sort()).toEqual([
      "gpu1",
      "gpu2",
    ]);
    expect(ready.status?.model?.digest).toBe(both.digest);
    for (const model of ["both", "default/single"]) {
      const answer = async () =>
        (await openai().chat.completions.create({ model, ...chat })).choices[0]?.message.content;
      // The gateway hears of a replica a moment after whoever asks the API server.
      await expect.poll(answer).toMatch(/./s);
    }
  });

  test("the openai client lists, chats, streams and completes", async () => {
    const client = openai();
    const listed = (await client.models.list()).data.map(({ id }) => id);
    expect(listed).toEqual(
      expect.arrayContaining([expect.stringContaining("both"), expect.stringContaining("single")]),
    );
    const stream = await client.chat.completions.create({ model: "both", ...chat, stream: true });
    let text = "";
    for await (const part of stream) text += part.choices[0]?.delta.content ?? "";
    expect(text.length).toBeGreaterThan(0);
    const completion = await client.completions.create({ model: "both", prompt: "once", max_tokens: 4 });
    expect(completion.choices[0]?.text.length).toBeGreaterThan(0);
  });

  test("the ollama client lists, chats, streams and generates", async () => {
    const client = ollama();
    expect((await client.list()).models.map(({ name }) => name)).toEqual(
      expect.arrayContaining([expect.stringContaining("both")]),
    );
    const options = { num_predict: 6 };
    const answer = await client.chat({ model: "both", messages: chat.messages, options });
    expect(answer.message.content.length).toBeGreaterThan(0);
    let text = "";
    for await (const part of await client.generate({ model: "both", prompt: "once", stream: true, options }))
      text += part.response;
    expect(text.length).toBeGreaterThan(0);
  });

  test("an answer goes on from the other host when one is lost", async () => {
    const gpu1 = world.hosts.get("gpu1")!;
    await gpu1.kill();
    for (let asked = 0; asked < 4; asked++) {
      const answer = await openai().chat.completions.create({ model: "both", ...chat });
      expect(answer.choices[0]?.message.content?.length).toBeGreaterThan(0);
    }
    await hostUntil(world, "gpu1", (host) => !isReady(host));
    await gpu1.start();
    await hostUntil(world, "gpu1", isReady);
    await deploymentUntil(world, "both", isReady);
  });
});

describe("removal", () => {
  test("deleting a deployment removes its models from the disk of every host, and nobody else's", async () => {
    const gpu1 = world.hosts.get("gpu1")!;
    await fetch(`${gpu1.url}/api/copy`, {
      method: "POST",
      body: JSON.stringify({ source: (await modelsOn(gpu1.url))[0]!.name, destination: "alices-own:1" }),
    });
    await world.kubectl(["delete", "md", "single", "--wait=true", "--timeout=60s"]);
    const uid = (await getDeployment(world, "both"))!.status!.replicas!.map(({ hosts }) => hosts[0]!.model);
    for (const { url } of world.hosts.values()) {
      const namesOn = async () => (await modelsOn(url)).map(({ name }) => name);
      await expect.poll(async () => (await namesOn()).filter((name) => name.includes("single"))).toEqual([]);
      expect(await namesOn()).toEqual(
        expect.arrayContaining(uid.slice(0, 1).map(() => expect.stringContaining("both"))),
      );
    }
    expect((await modelsOn(gpu1.url)).map(({ name }) => name)).toContain("alices-own:1");
  });

  test("a host that was away when its deployment was deleted is cleaned on return", async () => {
    const gpu2 = world.hosts.get("gpu2")!;
    await gpu2.kill();
    await hostUntil(world, "gpu2", (host) => !isReady(host));
    await world.kubectl(["delete", "md", "both", "--wait=true", "--timeout=60s"]);
    await goneUntil(world, "both");
    await world.restartOperator();
    await gpu2.start();
    await expect.poll(() => modelsOn(gpu2.url), { timeout: 60_000 }).toEqual([]);
    expect((await modelsOn(world.hosts.get("gpu1")!.url)).map(({ name }) => name)).toEqual(["alices-own:1"]);
  });
});

describe("what a tag and a registry may do", () => {
  test("a moved tag is proposed, not taken, also after restarting everything; a pin takes it", async () => {
    const first = await push("moving", 11);
    await apply("moving", { model: { ollama: first.reference }, context: 512 });
    await deploymentUntil(world, "moving", isReady);
    const second = await push("moving", 12);
    const proposed = await deploymentUntil(
      world,
      "moving",
      (md) => conditionOf(md, "UpdateAvailable")?.status === "True",
    );
    expect(proposed.status?.available?.digest).toBe(second.digest);
    await world.restartEverything();
    await deploymentUntil(
      world,
      "moving",
      (md) => isReady(md) && conditionOf(md, "UpdateAvailable")?.status === "True",
    );
    await expect
      .poll(async () => (await openai().chat.completions.create({ model: "moving", ...chat })).choices.length)
      .toBe(1);
    const after = await deploymentUntil(world, "moving", isReady);
    expect(after.status?.model?.digest).toBe(first.digest);
    expect(after.status?.replicas?.every(({ digest }) => digest === first.digest)).toBe(true);
    await apply("moving", { model: { ollama: first.reference, digest: second.digest }, context: 512 });
    const taken = await deploymentUntil(
      world,
      "moving",
      (md) => isReady(md) && md.status?.replicas?.[0]?.digest === second.digest,
    );
    expect(taken.status?.model?.digest).toBe(second.digest);
  });

  test("a registry that flips a byte never leads to Ready, and an honest one heals it", async () => {
    const model = await push("flipped", 21);
    world.registry.lay({ match: `/blobs/${model.weights}`, act: { kind: "flip", atByte: 200_000 } });
    await apply("flipped", { model: { ollama: model.reference }, context: 512 });
    const failed = await deploymentUntil(
      world,
      "flipped",
      (md) => md.status?.replicas?.some(({ attempts }) => (attempts ?? 0) > 0) ?? false,
    );
    expect(isReady(failed)).toBe(false);
    world.registry.heal();
    await deploymentUntil(world, "flipped", isReady);
  });

  test("an unknown model says so in the registry's words, and what to try", async () => {
    await apply("unknown", { model: { ollama: `${world.registry.host}/library/nothere:1` } });
    const refused = await deploymentUntil(world, "unknown", (md) => conditionOf(md, "Resolved")?.status === "False");
    expect(conditionOf(refused, "Resolved")?.reason).toBe("ModelNotFound");
    await world.kubectl(["delete", "md", "unknown", "--timeout=60s"]);
  });

  test("a model larger than every host says which host lacks how much", async () => {
    const model = await push("large", 31);
    await apply("large", { model: { ollama: model.reference }, memory: "64Gi" });
    const waiting = await deploymentUntil(
      world,
      "large",
      (md) => conditionOf(md, "Placed")?.status === "False" && (md.status?.refusals?.length ?? 0) === 2,
    );
    expect(conditionOf(waiting, "Placed")?.message).toMatch(/64(\.0)? GiB/);
    expect(waiting.status?.refusals?.map(({ host }) => host).sort()).toEqual(["gpu1", "gpu2"]);
    await world.kubectl(["delete", "md", "large", "--timeout=60s"]);
  });
});

describe("what is refused", () => {
  test("no key is 401, an unknown model 404 with the nearest name, and pulling through the gateway 403", async () => {
    const body = JSON.stringify({ model: "movin", ...chat });
    const post = (path: string, key?: string) =>
      fetch(world.gateway.url + path, {
        method: "POST",
        body,
        headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) },
      });
    expect((await post("/v1/chat/completions")).status).toBe(401);
    const unknown = await post("/v1/chat/completions", world.key);
    expect(unknown.status).toBe(404);
    expect(((await unknown.json()) as { error: { message: string } }).error.message).toContain("moving");
    expect((await post("/api/pull", world.key)).status).toBe(403);
  });
});

describe("permissions", () => {
  test("each service did only what it may, and may do only what it did", async () => {
    // A host on a Node and one with a Secret: both are looked up, neither is there.
    const { owner, hardware } = { owner: "bob", hardware: { memory: "1Gi" } };
    const url = "https://127.0.0.1:1";
    await applyHost(world.client, "secured", url, {
      owner,
      hardware,
      node: "node-1",
      endpoint: { direct: { url, bearerToken: { name: "none", key: "token" } } },
    } as never);
    await hostUntil(world, "secured", (host) => conditionOf(host, "Ready")?.status === "False");
    for (const service of [operatorService, gatewayService]) {
      await expect
        .poll(() =>
          usesOf(service, world.plane.auditLogPath)
            .map(({ what }) => what)
            .sort(),
        )
        .toEqual(expect.arrayContaining(grantsOf(service, "always")));
      const uses = usesOf(service, world.plane.auditLogPath);
      expect(uses.filter(({ refused }) => refused)).toEqual([]);
      expect(ungranted(service, uses)).toEqual([]);
    }
  });
});
