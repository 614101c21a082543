/** Who is let in, and what a bad request is told, in the form of the protocol that it spoke. */
import { describe, expect, test } from "vitest";
import { ManualClock } from "../../operator/clock/manual.ts";
import { call, type Reply } from "./client.ts";
import { inTime, until } from "./deadline.ts";
import { type TestGateway, testGateway } from "./gateway.ts";
import { deployment, memberWithKey } from "./objects.ts";
import { type Script, scriptedHost } from "./scripted-host.ts";

const chat = { model: "smollm2", messages: [{ role: "user", content: "hello" }] };

function openaiError(reply: Reply): { code: string; message: string; type: string; param: string | null } {
  return (reply.json() as { error: { code: string; message: string; type: string; param: string | null } }).error;
}

describe("keys", () => {
  test("no key: 401 in OpenAI's form under /v1 and in Ollama's under /api", async () => {
    const { url } = await testGateway();
    const openai = await call(`${url}/v1/chat/completions`, { body: chat }).reply;
    expect(openai.status).toBe(401);
    expect(openai.headers["www-authenticate"]).toContain("Bearer");
    expect(openaiError(openai)).toMatchObject({ code: "key_missing", type: "authentication_error", param: null });
    const ollama = await call(`${url}/api/chat`, { body: chat }).reply;
    expect(ollama.status).toBe(401);
    expect(ollama.json()).toMatchObject({ code: "key_missing", error: expect.stringContaining("No API key") });
  });

  test("a key is taken from Authorization, whatever the case of Bearer, and from x-api-key", async () => {
    const host = await scriptedHost();
    const { url, key } = await testGateway({ hosts: { a: host.url } });
    for (const headers of [{ authorization: `bearer ${key}` }, { "x-api-key": key }]) {
      expect((await call(`${url}/api/chat`, { headers, body: chat }).reply).status).toBe(200);
    }
  });

  test("the client's key never reaches a host, nor do its other headers; its request id does", async () => {
    const host = await scriptedHost();
    const { url, key } = await testGateway({ hosts: { a: host.url } });
    const headers = { "x-request-id": "mine-1", "x-forwarded-for": "1.2.3.4", cookie: "a=b", "x-custom": "c" };
    const reply = await call(`${url}/api/chat`, { key, headers, body: chat }).reply;
    expect(reply.headers["x-request-id"]).toBe("mine-1");
    expect(Object.keys(host.asked[0]!.headers).sort()).toEqual(
      ["accept-encoding", "connection", "content-length", "content-type", "host", "user-agent", "x-request-id"].sort(),
    );
    expect(host.asked[0]!.headers["x-request-id"]).toBe("mine-1");
  });

  test("a host's own headers do not reach the client", async () => {
    const script: Script = ({ response }) => {
      response.writeHead(200, {
        "content-type": "application/json",
        "set-cookie": "a=b",
        "access-control-allow-origin": "*",
        server: "secret/1.0",
        "transfer-encoding": "chunked",
      });
      response.end("{}");
    };
    const host = await scriptedHost(script);
    const { url, key } = await testGateway({ hosts: { a: host.url } });
    const reply = await call(`${url}/api/chat`, { key, body: chat }).reply;
    for (const name of ["set-cookie", "access-control-allow-origin", "server"])
      expect(reply.headers).not.toHaveProperty(name);
  });

  const refusals: Record<string, { member: ReturnType<typeof memberWithKey>; status: number; code: string }> = {
    "an expired key": {
      member: memberWithKey("bob", {}, { expiresAt: "2026-01-01T00:00:00Z" }),
      status: 401,
      code: "key_expired",
    },
    "a key whose expiry cannot be read": {
      member: memberWithKey("bob", {}, { expiresAt: "soon" }),
      status: 401,
      code: "key_expired",
    },
    "a suspended member's key": {
      member: memberWithKey("bob", { suspended: true }),
      status: 403,
      code: "member_suspended",
    },
    "a key without the scope": {
      member: memberWithKey("bob", {}, { scopes: ["models", "embeddings"] }),
      status: 403,
      code: "scope_missing",
    },
  };
  for (const [words, { member, status, code }] of Object.entries(refusals)) {
    test(`${words} is refused with ${status} ${code}`, async () => {
      const gateway = await testGateway();
      gateway.catalogue.set({ members: [member.member] });
      const reply = await call(`${gateway.url}/v1/chat/completions`, { key: member.key, body: chat }).reply;
      expect(reply.status).toBe(status);
      expect(openaiError(reply).code).toBe(code);
    });
  }

  test("a key that was revoked is refused from the next request on", async () => {
    const host = await scriptedHost();
    const { url, key, catalogue } = await testGateway({ hosts: { a: host.url } });
    expect((await call(`${url}/api/chat`, { key, body: chat }).reply).status).toBe(200);
    catalogue.set({ members: [] });
    const reply = await call(`${url}/api/chat`, { key, body: chat }).reply;
    expect(reply.status).toBe(401);
    expect(reply.json()["code"]).toBe("key_unknown");
  });

  test("a key for some deployments sees the others neither in lists nor in refusals", async () => {
    const gateway = await testGateway();
    const bob = memberWithKey("bob", {}, { deployments: ["default/mine"] });
    gateway.catalogue.set({
      members: [bob.member],
      deployments: [
        deployment("default/mine", []),
        deployment("default/smollm2", []),
        deployment("secret/smollm3", []),
      ],
    });
    const list = await call(`${gateway.url}/v1/models`, { key: bob.key }).reply;
    expect((list.json() as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual(["mine"]);
    for (const model of ["smollm2", "default/smollm2", "smollm"]) {
      const reply = await call(`${gateway.url}/v1/chat/completions`, { key: bob.key, body: { ...chat, model } }).reply;
      expect(reply.status).toBe(404);
      expect(openaiError(reply).message).not.toMatch(/smollm[23]\b(?! for)/);
      expect(openaiError(reply).message).not.toContain("secret");
    }
  });
});

describe("limits", () => {
  test("requests per minute: 429 with Retry-After, and other members are not touched", async () => {
    const host = await scriptedHost();
    const gateway = await testGateway({ hosts: { a: host.url }, clock: new ManualClock() });
    const bob = memberWithKey("bob", { limits: { requestsPerMinute: 2 } });
    gateway.catalogue.set({ members: [bob.member, gateway.member.member] });
    const ask = (key: string) => call(`${gateway.url}/v1/chat/completions`, { key, body: chat }).reply;
    expect((await ask(bob.key)).status).toBe(200);
    expect((await ask(bob.key)).status).toBe(200);
    const reply = await ask(bob.key);
    expect(reply.status).toBe(429);
    expect(openaiError(reply)).toMatchObject({ code: "rate_limited", type: "rate_limit_error" });
    expect(Number(reply.headers["retry-after"])).toBe(60);
    expect((await ask(gateway.key)).status).toBe(200);
  });

  test("requests at once: the place is free again when one ends, also when its client left", async () => {
    const host = await scriptedHost(() => undefined);
    const gateway = await testGateway({ hosts: { a: host.url }, parallel: 4 });
    const bob = memberWithKey("bob", { limits: { concurrentRequests: 1 } });
    gateway.catalogue.set({ members: [bob.member] });
    const first = call(`${gateway.url}/api/chat`, { key: bob.key, body: chat });
    await host.request(0);
    const second = await call(`${gateway.url}/api/chat`, { key: bob.key, body: chat }).reply;
    expect(second.status).toBe(429);
    expect(second.json()["code"]).toBe("concurrency_limited");
    first.leave();
    await gateway.gateway.active.idle();
    const third = call(`${gateway.url}/api/chat`, { key: bob.key, body: chat });
    await inTime(host.request(1));
    third.leave();
  });
});

describe("bodies", () => {
  const bad: Record<string, { raw: string | Buffer; status: number; code: string; says: RegExp }> = {
    "no JSON, with line and column": {
      raw: '{\n  "model": "smollm2",\n  "messages": [}',
      status: 400,
      code: "bad_json",
      says: /"}" where a value was expected at line 3, column 16/,
    },
    "nothing at all": { raw: "", status: 400, code: "bad_json", says: /it is empty/ },
    "a list": { raw: "[]", status: 400, code: "invalid_field", says: /must be a JSON object, not a list/ },
    "bytes that are no UTF-8": {
      raw: Buffer.from([0x7b, 0xff, 0x7d]),
      status: 400,
      code: "body_not_utf8",
      says: /UTF-8/,
    },
    "no model": {
      raw: '{"messages":[{"role":"user"}]}',
      status: 400,
      code: "invalid_field",
      says: /^model: is missing/,
    },
    "a model that is no text": { raw: '{"model":5}', status: 400, code: "invalid_field", says: /^model: / },
    "a field of the wrong type, with its path": {
      raw: '{"model":"smollm2","messages":[{"role":"user","content":"x"},{"role":3}]}',
      status: 400,
      code: "invalid_field",
      says: /^messages\[1\]\.role: /,
    },
    "no messages": {
      raw: '{"model":"smollm2","messages":[]}',
      status: 400,
      code: "invalid_field",
      says: /^messages: /,
    },
    "stream as a word": {
      raw: '{"model":"smollm2","messages":[{"role":"user"}],"stream":"yes"}',
      status: 400,
      code: "invalid_field",
      says: /^stream: /,
    },
  };
  for (const [words, { raw, status, code, says }] of Object.entries(bad)) {
    test(`${words}: ${status} ${code}, no host is asked`, async () => {
      const host = await scriptedHost();
      const { url, key } = await testGateway({ hosts: { a: host.url } });
      const reply = await call(`${url}/v1/chat/completions`, { key, raw, method: "POST" }).reply;
      expect(reply.status).toBe(status);
      expect(openaiError(reply).code).toBe(code);
      expect(openaiError(reply).message).toMatch(says);
      expect(host.asked).toHaveLength(0);
    });
  }

  test("too large: 413 with the limit, by content-length and by counting", async () => {
    const { url, key } = await testGateway({ settings: { bodyBytesMax: 1000 } });
    const raw = JSON.stringify({ ...chat, padding: "x".repeat(2000) });
    for (const headers of [{}, { "transfer-encoding": "chunked" }] as Record<string, string>[]) {
      const reply = await call(`${url}/v1/chat/completions`, { key, raw, headers }).reply;
      expect(reply.status).toBe(413);
      expect(openaiError(reply)).toMatchObject({
        code: "body_too_large",
        message: expect.stringContaining("1000 bytes"),
      });
    }
  });

  test("many large ones together: 503 once the gateway holds as much as it may, until one is answered", async () => {
    const host = await scriptedHost(() => undefined);
    const settings = { bodyBytesMax: 4_000, bodiesBytesMax: 5_000 };
    const { url, key, gateway } = await testGateway({ hosts: { a: host.url }, parallel: 4, settings });
    const raw = JSON.stringify({ ...chat, padding: "x".repeat(3_000) });
    const first = call(`${url}/api/chat`, { key, raw });
    await host.request(0);
    for (const headers of [{}, { "transfer-encoding": "chunked" }] as Record<string, string>[]) {
      const reply = await call(`${url}/api/chat`, { key, raw, headers }).reply;
      expect(reply.status).toBe(503);
      expect(reply.json()).toMatchObject({ code: "gateway_full" });
    }
    first.leave();
    await gateway.active.idle();
    const next = call(`${url}/api/chat`, { key, raw });
    await inTime(host.request(1));
    next.leave();
  });

  test("compressed: 415", async () => {
    const { url, key } = await testGateway();
    const reply = await call(`${url}/v1/chat/completions`, { key, body: chat, headers: { "content-encoding": "gzip" } })
      .reply;
    expect(reply.status).toBe(415);
  });

  test("a body without a content type, or called a form as by curl -d, is read as JSON", async () => {
    const host = await scriptedHost();
    const { url, key } = await testGateway({ hosts: { a: host.url } });
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await call(`${url}/api/chat`, { key, body: chat, headers: form }).reply).status).toBe(200);
  });
});

describe("names", () => {
  async function ask(gateway: TestGateway, model: string): Promise<Reply> {
    return call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body: { ...chat, model } }).reply;
  }

  test("an unknown model: 404 with the nearest names", async () => {
    const gateway = await testGateway({ hosts: { a: "http://127.0.0.1:9" } });
    const reply = await ask(gateway, "smolm2");
    expect(reply.status).toBe(404);
    expect(openaiError(reply)).toMatchObject({ code: "model_not_found", param: "model" });
    expect(openaiError(reply).message).toBe("There is no model smolm2 for this key. Nearest: smollm2.");
  });

  test("a name in two namespaces: 400 with both full names; the full name works, with and without :latest", async () => {
    const host = await scriptedHost();
    const gateway = await testGateway({ hosts: { a: host.url } });
    const [first] = [...gateway.catalogue.snapshot().deployments.values()];
    const other = { ...first!, metadata: { ...first!.metadata, namespace: "lab" } };
    gateway.catalogue.set({ deployments: [first!, other] });
    const reply = await ask(gateway, "smollm2");
    expect(reply.status).toBe(400);
    expect(openaiError(reply).message).toContain("default/smollm2 and lab/smollm2");
    expect((await ask(gateway, "lab/smollm2")).status).toBe(200);
    expect((await ask(gateway, "lab/smollm2:latest")).status).toBe(200);
    expect((await ask(gateway, "smollm2:latest")).status).toBe(400);
  });

  test("control characters in a name reach neither the answer nor the log raw", async () => {
    const gateway = await testGateway({ hosts: { a: "http://127.0.0.1:9" } });
    const reply = await ask(gateway, "evil\u001b[31m\u202e\nname");
    expect(reply.status).toBe(404);
    expect(openaiError(reply).message).toContain("evil\\x1b[31m\\u{202e}\\nname");
    for (const line of gateway.log) expect(line.trimEnd()).not.toMatch(/\p{Cc}|\u202e/u);
  });

  test("a deployment without a ready replica: 503 with the reason in words", async () => {
    const gateway = await testGateway({ hosts: { a: "http://127.0.0.1:9" } });
    const [one] = [...gateway.catalogue.snapshot().deployments.values()];
    const pulling = {
      ...one!,
      status: { ...one!.status, replicas: [{ ...one!.status!.replicas![0]!, state: "Pulling" as const }] },
    };
    gateway.catalogue.set({ deployments: [pulling] });
    const reply = await ask(gateway, "smollm2");
    expect(reply.status).toBe(503);
    expect(reply.headers["retry-after"]).toBe("5");
    expect(openaiError(reply).message).toBe("smollm2 cannot answer now: a is pulling.");
  });
});

describe("what is not served", () => {
  for (const [method, path] of [
    ["POST", "/api/pull"],
    ["POST", "/api/create"],
    ["DELETE", "/api/delete"],
    ["POST", "/api/copy"],
    ["POST", "/api/push"],
    ["POST", `/api/blobs/sha256:${"0".repeat(64)}`],
    ["PUT", "/api//pull/"],
  ] as const) {
    test(`${method} ${path} would change a host: 403 to everyone, no host is asked`, async () => {
      const host = await scriptedHost();
      const { url, key } = await testGateway({ hosts: { a: host.url } });
      for (const who of [undefined, key]) {
        const reply = await call(url + path, { method, key: who, body: { model: "x" } }).reply;
        expect(reply.status).toBe(403);
        expect(reply.json()).toMatchObject({
          code: "host_change_refused",
          error: expect.stringContaining("would change a host"),
        });
      }
      expect(host.asked).toHaveLength(0);
    });
  }

  test("an unknown path: 404 in the protocol's form", async () => {
    const { url } = await testGateway();
    expect(openaiError(await call(`${url}/v1/nothing`).reply).message).toBe("GET /v1/nothing is not served here.");
    expect((await call(`${url}/api/nothing`).reply).json()).toMatchObject({ code: "route_not_found" });
  });
});

describe("the log", () => {
  test("holds neither prompt nor key nor answer, but who, what, where and how long", async () => {
    const host = await scriptedHost();
    const gateway = await testGateway({ hosts: { a: host.url } });
    const body = { ...chat, messages: [{ role: "user", content: "my-secret-prompt" }] };
    await call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, body }).reply;
    await call(`${gateway.url}/v1/chat/completions`, { key: gateway.key, raw: '{"my-secret-prompt' }).reply;
    await until(() => gateway.log.filter((line) => line.includes('"msg":"request"')).length === 2);
    const all = gateway.log.join("");
    for (const secret of ["my-secret-prompt", gateway.key, gateway.key.slice(12), "hello"])
      expect(all).not.toContain(secret);
    const line = JSON.parse(gateway.log.find((text) => text.includes('"msg":"request"'))!) as Record<string, unknown>;
    expect(line).toMatchObject({
      member: "ada",
      keyId: "laptop",
      deployment: "default/smollm2",
      host: "a",
      route: "/v1/chat/completions",
      outcome: "ok",
      usage: { promptTokens: 3, generatedTokens: 1 },
    });
  });
});
