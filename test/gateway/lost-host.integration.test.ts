/** Hosts that fail: before the first byte another one answers and nobody notices; after it the client is told in the stream's own form. */
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import { call } from "./client.ts";
import { until } from "./deadline.ts";
import { testGateway } from "./gateway.ts";
import { deployment, host, replica } from "./objects.ts";
import { answerOnce, type Script, scriptedHost } from "./scripted-host.ts";

const chat = { model: "smollm2", messages: [{ role: "user", content: "hello" }], stream: true };

const reset: Script = ({ response }) => void response.destroy();
const headersThenReset: Script = ({ response }) => {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.flushHeaders();
  setImmediate(() => response.destroy());
};
const status =
  (code: number, words = "it broke"): Script =>
  ({ response }) => {
    response.writeHead(code, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: words }));
  };

async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return `http://127.0.0.1:${port}`;
}

describe("before the first byte the next host is asked, and the client notices nothing", () => {
  const failures: Record<string, Script> = {
    "a connection that is reset": reset,
    "headers and then a reset": headersThenReset,
    "503, its own queue is full": status(503, "server busy, please try again"),
    "500, its runner died": status(500, "llama runner process has terminated"),
    "404, the model was removed there": status(404, "model not found"),
    "401, our credentials are wrong": status(401),
    "a redirect": status(302),
    "a header that nobody could pass on": ({ response }) => {
      response.socket?.end("HTTP/1.1 200 OK\r\ncontent-type: text/\xe4\r\ncontent-length: 2\r\n\r\n{}", "latin1");
    },
    "something that is no HTTP": ({ response }) => void response.socket?.end("hello\r\n\r\n"),
  };
  for (const [words, script] of Object.entries(failures)) {
    test(words, async () => {
      const bad = await scriptedHost(script);
      const good = await scriptedHost(answerOnce);
      const gateway = await testGateway({ hosts: { bad: bad.url, good: good.url } });
      for (let round = 0; round < 6; round++) {
        const reply = await call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat }).reply;
        expect(reply.status).toBe(200);
      }
      expect(good.asked).toHaveLength(6);
      // It looked as fast as the other until it was asked; from then on the other one is preferred.
      expect(bad.asked.length).toBeLessThanOrEqual(1);
    });
  }

  test("a port that nobody listens on", async () => {
    const good = await scriptedHost(answerOnce);
    const gateway = await testGateway({ hosts: { bad: await closedPort(), good: good.url } });
    for (let round = 0; round < 4; round++) {
      const reply = await call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat }).reply;
      expect(reply.status).toBe(200);
    }
  });
});

test("a missing Secret of ours is not held against its host: it costs no attempt, and the host answers as soon as the Secret is there", async () => {
  const good = await scriptedHost(answerOnce);
  const lacking = await scriptedHost(answerOnce);
  let token: string | undefined;
  const readSecret = async () => (token === undefined ? undefined : new Map([["token", token]]));
  const gateway = await testGateway({ readSecret });
  const secured = { direct: { url: lacking.url, bearerToken: { name: "gpu", key: "token" } } };
  const names = ["a", "b", "c", "d"];
  const lackingHosts = names.map((name) => host(name, lacking.url, { endpoint: secured }));
  const replicas = [...names, "good"].map((name) => replica(name));
  const deployments = [deployment("default/smollm2", replicas)];
  const ask = () => call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat }).reply;

  gateway.catalogue.set({ hosts: [...lackingHosts, host("good", good.url)], deployments });
  for (let round = 0; round < 4; round++) expect((await ask()).status).toBe(200);
  expect(good.asked).toHaveLength(4);

  gateway.catalogue.set({ hosts: lackingHosts, deployments });
  for (let round = 0; round < 4; round++) expect((await ask()).text).toContain("there is no Secret gpu");
  token = "s3cret";
  expect((await ask()).status).toBe(200);
  expect(lacking.asked[0]!.headers.authorization).toBe("Bearer s3cret");
});

describe("when no host is left", () => {
  test("all unreachable: 502 with each host and why", async () => {
    const gateway = await testGateway({ hosts: { a: await closedPort(), b: await closedPort() } });
    const reply = await call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat }).reply;
    expect(reply.status).toBe(502);
    const { error } = reply.json() as { error: { message: string; code: string } };
    expect(error.code).toBe("hosts_failed");
    expect(error.message).toMatch(
      /^No host could answer for smollm2: a refuses connections and b refuses connections\.$|^No host/,
    );
    expect(error.message).toContain("a refuses connections");
    expect(error.message).toContain("b refuses connections");
  });

  test("all busy by their own words: 429 with Retry-After", async () => {
    const busy = await scriptedHost(status(503, "server busy"));
    const gateway = await testGateway({ hosts: { a: busy.url } });
    const reply = await call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat }).reply;
    expect(reply.status).toBe(429);
    expect(Number(reply.headers["retry-after"])).toBeGreaterThan(0);
    expect(reply.json()).toMatchObject({ code: "all_hosts_busy", error: expect.stringContaining("smollm2") });
  });

  test("a request that breaks hosts (5xx) meets two of them, not all", async () => {
    const hosts = await Promise.all([1, 2, 3, 4].map(() => scriptedHost(status(500, "unexpected"))));
    const gateway = await testGateway({ hosts: Object.fromEntries(hosts.map(({ url }, at) => [`h${at}`, url])) });
    const reply = await call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat }).reply;
    expect(reply.status).toBe(502);
    expect(hosts.reduce((sum, { asked }) => sum + asked.length, 0)).toBe(2);
  });

  test("what a host refuses as the client's own fault goes back with its status, without the host's name for the model", async () => {
    const host = await scriptedHost(status(400, "commonhold/served:abc does not support tools"));
    const other = await scriptedHost(status(400, "commonhold/served:abc does not support tools"));
    const gateway = await testGateway({ hosts: { a: host.url, b: other.url } });
    const reply = await call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat }).reply;
    expect(reply.status).toBe(400);
    expect(reply.text).toContain("smollm2 does not support tools");
    expect(reply.text).not.toContain("served");
    expect(host.asked.length + other.asked.length).toBe(1);
  });

  test("one that takes no connection, for it is just started anew, is met again in a moment: the client notices nothing", async () => {
    const clock = new ManualClock();
    const url = await closedPort();
    const gateway = await testGateway({ hosts: { a: url }, clock });
    const asking = call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat }).reply;
    await until(() => gateway.log.some((line) => line.includes("refuses connections")));
    const back = createHttpServer((_, response) => response.end("{}"));
    onTestFinished(() => void back.close());
    await new Promise<void>((resolve) => back.listen(Number(new URL(url).port), "127.0.0.1", resolve));
    await clock.advance(500);
    expect((await asking).status).toBe(200);
  });

  test("one that took the question and broke the connection is not asked again: the question may have broken it", async () => {
    const host = await scriptedHost(reset);
    const gateway = await testGateway({ hosts: { a: host.url } });
    const reply = await call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat }).reply;
    expect(reply.status).toBe(502);
    expect(host.asked).toHaveLength(1);
  });

  test("after three failed connections nobody is sent there for a while: the refusal says for how long", async () => {
    const clock = new ManualClock();
    const gateway = await testGateway({ hosts: { a: await closedPort() }, clock });
    const refusals = () => gateway.log.filter((line) => line.includes("refuses connections")).length;
    const ask = async () => {
      const before = refusals();
      const { reply } = call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat });
      await until(() => refusals() > before);
      // It would be met once more now.
      await clock.advance(500);
      return reply;
    };
    expect((await ask()).status).toBe(502);
    const reply = await ask();
    expect(reply.status).toBe(503);
    expect(reply.text).toMatch(/a failed several times and is asked again in [12] s/);
  });
});

describe("after the first byte nothing is retried, and the client is told", () => {
  test("a stream of events ends with an error event", async () => {
    const host = await scriptedHost(({ response }) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('data: {"n":1}\n\n', () => setImmediate(() => response.destroy()));
    });
    const gateway = await testGateway({ hosts: { a: host.url } });
    const reply = await call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat }).reply;
    expect(reply.status).toBe(200);
    const [first, second, ...rest] = reply.text.split("\n\n");
    expect(first).toBe('data: {"n":1}');
    expect(JSON.parse(second!.replace(/^data: /, ""))).toMatchObject({
      error: { code: "stream_broken", type: "server_error", message: expect.stringContaining("smollm2") },
    });
    expect(rest).toEqual([""]);
    expect(reply.torn).toBe(false);
    expect(host.asked).toHaveLength(1);
  });

  test("a stream of lines ends with an error line; a torn line before it is left out", async () => {
    const host = await scriptedHost(({ response }) => {
      response.writeHead(200, { "content-type": "application/x-ndjson" });
      response.write('{"n":1}\n{"n":2', () => setImmediate(() => response.destroy()));
    });
    const gateway = await testGateway({ hosts: { a: host.url } });
    const reply = await call(`${gateway.url}/api/chat`, { key: gateway.key, body: chat }).reply;
    const lines = reply.text.trimEnd().split("\n");
    expect(lines[0]).toBe('{"n":1}');
    expect(lines).toHaveLength(2);
    expect(JSON.parse(lines[1]!)).toMatchObject({
      code: "stream_broken",
      error: expect.stringContaining("incomplete"),
    });
  });

  test("half a JSON answer is never taken for a whole one: the connection is cut", async () => {
    const host = await scriptedHost(({ response }) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "100" });
      response.write('{"message":', () => setImmediate(() => response.destroy()));
    });
    const gateway = await testGateway({ hosts: { a: host.url } });
    const reply = await call(`${gateway.url}/api/chat`, { key: gateway.key, body: { ...chat, stream: false } }).reply;
    expect(reply.torn).toBe(true);
  });

  test("a host that falls silent is given up after the idle limit, with an error event, and hears of it", async () => {
    const host = await scriptedHost(({ response }) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write('data: {"n":1}\n\n');
    });
    const gateway = await testGateway({ hosts: { a: host.url }, settings: { idleTimeoutMs: 100 } });
    const reply = await call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat }).reply;
    expect(reply.text).toContain('"code":"stream_stalled"');
    await host.asked[0]!.left;
  });

  test("a host that never begins is given up with 504", async () => {
    const host = await scriptedHost(() => undefined);
    const clock = new ManualClock();
    const gateway = await testGateway({ hosts: { a: host.url }, settings: { firstByteTimeoutMs: 100 }, clock });
    const { reply } = call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat });
    const asked = await host.request(0);
    await clock.advance(100);
    expect((await reply).status).toBe(504);
    expect((await reply).json()).toMatchObject({ error: { code: "first_byte_timeout" } });
    await asked.left;
  });

  test("a client that reads nothing is cut off, and its place is free again", async () => {
    const host = await scriptedHost(({ response }) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const event = `data: ${"x".repeat(64 * 1024)}\n\n`;
      const more = (): void => {
        while (!response.destroyed && response.write(event));
      };
      response.on("drain", more);
      more();
    });
    const gateway = await testGateway({ hosts: { a: host.url }, settings: { clientStallTimeoutMs: 150 } });
    const client = call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: chat });
    (await client.socket).pause();
    await (await host.request(0)).left;
    await gateway.gateway.active.idle();
    expect(gateway.gateway.turns.inFlight({ host: "a", model: "commonhold/served:abc" })).toBe(0);
    onTestFinished(() => client.leave());
  });
});
