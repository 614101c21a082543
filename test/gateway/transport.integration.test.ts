/** Who may answer as a host: the pinned key, the given authority, an address that the policy allows. Anything else gets no byte. */
import { describe, expect, test } from "vitest";
import type { ModelHost } from "../../operator/apis/model-host.ts";
import { makeCertificate } from "../doubles/ollama/certificates.ts";
import { call, type Reply } from "./client.ts";
import { type TestGatewayOptions, testGateway } from "./gateway.ts";
import { deployment, host, replica } from "./objects.ts";
import { type ScriptedHost, scriptedHost } from "./scripted-host.ts";

type Direct = NonNullable<ModelHost["spec"]["endpoint"]["direct"]>;

const authority = makeCertificate("authority");
const right = makeCertificate("host", { issuer: authority, addresses: ["127.0.0.1"] });
const wrongName = makeCertificate("host", { issuer: authority, addresses: ["127.0.0.2"] });
const stranger = makeCertificate("stranger", { addresses: ["127.0.0.1"] });
const client = makeCertificate("gateway", { issuer: authority });

async function secure(certificate = right, options: object = {}): Promise<ScriptedHost> {
  return scriptedHost(undefined, { cert: certificate.certificate, key: certificate.key, ...options });
}

async function ask(direct: Direct, options: TestGatewayOptions = {}): Promise<Reply> {
  const gateway = await testGateway(options);
  gateway.catalogue.set({
    hosts: [host("a", direct.url, { endpoint: { direct } })],
    deployments: [deployment("default/smollm2", [replica("a")])],
  });
  return call(`${gateway.url}/api/generate`, { key: gateway.key, body: { model: "smollm2", prompt: "secret" } }).reply;
}

describe("a host is answered for by", () => {
  test("its authority", async () => {
    const { url } = await secure();
    expect((await ask({ url, caBundle: authority.certificate })).status).toBe(200);
  });

  test("its pinned key alone, whoever signed it", async () => {
    const { url } = await secure(stranger);
    expect((await ask({ url, publicKeySha256: stranger.pin })).status).toBe(200);
  });

  test("both", async () => {
    const { url } = await secure();
    expect((await ask({ url, caBundle: authority.certificate, publicKeySha256: right.pin })).status).toBe(200);
  });

  test("a client certificate and a bearer token that we show it, from their Secrets", async () => {
    const server = await secure(right, { requestCert: true, rejectUnauthorized: true, ca: authority.certificate });
    const secrets = new Map([
      [
        "cert",
        new Map([
          ["tls.crt", client.certificate],
          ["tls.key", client.key],
        ]),
      ],
      ["bearer", new Map([["token", "s3cret\n"]])],
    ]);
    const direct: Direct = {
      url: server.url,
      caBundle: authority.certificate,
      clientCertificate: { name: "cert" },
      bearerToken: { name: "bearer", key: "token" },
    };
    expect((await ask(direct, { readSecret: async (name) => secrets.get(name) })).status).toBe(200);
    expect(server.asked[0]!.headers.authorization).toBe("Bearer s3cret");
  });
});

describe("nothing is sent to", () => {
  const refusals: Record<string, { certificate?: typeof right; direct: Omit<Direct, "url">; says: RegExp }> = {
    "another key than the pinned one": {
      direct: { publicKeySha256: stranger.pin },
      says: /another key .* than the pinned one/,
    },
    "the pinned key without its authority": {
      certificate: stranger,
      direct: { publicKeySha256: stranger.pin, caBundle: authority.certificate },
      says: /certificate that is not trusted/,
    },
    "a certificate of an unknown authority": { direct: {}, says: /certificate that is not trusted/ },
    "a certificate for another name": {
      certificate: wrongName,
      direct: { caBundle: authority.certificate },
      says: /certificate that is not trusted \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
    },
    "a host whose Secret is missing": {
      direct: { caBundle: authority.certificate, bearerToken: { name: "none", key: "token" } },
      says: /there is no Secret none/,
    },
  };
  for (const [words, { certificate, direct, says }] of Object.entries(refusals)) {
    test(words, async () => {
      const server = await secure(certificate);
      const reply = await ask({ url: server.url, ...direct });
      expect(reply.status).toBe(502);
      expect(reply.text).toMatch(says);
      expect(server.asked).toHaveLength(0);
    });
  }

  test("an address that the policy refuses, whatever it is called: not even a connection is made", async () => {
    const server = await scriptedHost();
    const port = new URL(server.url).port;
    for (const url of [server.url, `http://localhost:${port}`, `http://[::ffff:127.0.0.1]:${port}`]) {
      const reply = await ask({ url }, { settings: { hostAddresses: [] } });
      expect(reply.status).toBe(502);
      expect(reply.text).toMatch(/refused/);
      expect(reply.text).toContain("COMMONHOLD_HOST_ADDRESSES");
    }
    expect(await server.connections()).toBe(0);
    expect(server.asked).toHaveLength(0);
  });
});
