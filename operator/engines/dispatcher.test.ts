import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Certificate, makeCertificate } from "../../test/doubles/ollama/certificates.ts";
import { systemClock } from "../clock/system.ts";
import { hostDispatcher, hostUrl } from "./dispatcher.ts";
import type { HostEndpoint } from "./engine.ts";
import { ollamaEngine } from "./ollama/driver.ts";

const hex64 = "ab".repeat(32);

describe("an endpoint", () => {
  test.each([
    ["nothing", { url: "" }, "not a URL"],
    ["a bare host", { url: "gpu-box:11434" }, "must start with http"],
    ["a file", { url: "file:///etc/passwd" }, "must start with http"],
    ["credentials in it", { url: "http://me:secret@gpu-box:11434" }, "bearer token"],
    ["a query", { url: "http://gpu-box:11434/?a=1" }, "must end after the path"],
    ["a fragment", { url: "http://gpu-box:11434/#a" }, "must end after the path"],
    ["a pin without TLS", { url: "http://gpu-box:11434", pinnedKeySha256: hex64 }, "need https"],
    ["a CA without TLS", { url: "http://gpu-box:11434", ca: "PEM" }, "need https"],
    ["a pin that is none", { url: "https://gpu-box:11434", pinnedKeySha256: "abc" }, "64 hex digits"],
  ])("with %s is refused before anything is dialled", (_, endpoint: HostEndpoint, words) => {
    const make = (): unknown => ollamaEngine(endpoint, { clock: systemClock });
    expect(make).toThrow(expect.objectContaining({ code: "InvalidRequest", message: expect.stringContaining(words) }));
  });

  test("what it says of a wrong one is safe to print and holds no secret", () => {
    const shown = (): unknown => hostUrl({ url: "\u001b[31m://x" });
    expect(shown).toThrow(expect.objectContaining({ message: expect.not.stringMatching(/\p{Cc}/u) }));
  });

  test.each([
    ["http://127.0.0.1:11434", "http://127.0.0.1:11434/"],
    ["https://gpu-box/ollama/", "https://gpu-box/ollama/"],
    ["http://[::1]:11434", "http://[::1]:11434/"],
  ])("%s is taken", async (url, href) => {
    expect(hostUrl({ url }).href).toBe(href);
    await hostDispatcher({ url }).destroy();
  });
});

describe("over TLS", () => {
  const authority = makeCertificate("community authority");
  const host = makeCertificate("host", { issuer: authority, addresses: ["127.0.0.1"] });
  const member = makeCertificate("operator", { issuer: authority });
  const servers: Server[] = [];
  let url = "";

  beforeAll(async () => {
    url = await serve(host);
  });
  afterAll(() => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  });

  async function serve(certificate: Certificate, options: { asksClient?: boolean } = {}): Promise<string> {
    const tls = {
      cert: certificate.certificate,
      key: certificate.key,
      ...(options.asksClient && { requestCert: true, rejectUnauthorized: true, ca: authority.certificate }),
    };
    const server = createServer(tls, (_, response) => response.end('{"version":"0.24.0"}'));
    server.on("tlsClientError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async function version(endpoint: HostEndpoint): Promise<unknown> {
    const engine = ollamaEngine(endpoint, { clock: systemClock });
    try {
      return await engine.version().catch((error: unknown) => error);
    } finally {
      await engine.close();
    }
  }

  test.each([
    ["its CA", { ca: authority.certificate }],
    ["its key alone, whatever signed it", { pinnedKeySha256: host.pin }],
    ["its key in capitals", { pinnedKeySha256: host.pin.toUpperCase() }],
    ["both", { ca: authority.certificate, pinnedKeySha256: host.pin }],
  ])("a host is trusted by %s", async (_, trust) => {
    expect(await version({ url, ...trust })).toBe("0.24.0");
  });

  const other = makeCertificate("another authority");
  test.each([
    ["nothing", {}],
    ["another CA", { ca: other.certificate }],
    ["another key", { pinnedKeySha256: member.pin }],
    ["its CA but another key", { ca: authority.certificate, pinnedKeySha256: member.pin }],
    ["its key but another CA", { ca: other.certificate, pinnedKeySha256: host.pin }],
  ])("a host is not trusted by %s", async (_, trust) => {
    expect(await version({ url, ...trust })).toMatchObject({ code: "Untrusted", kind: "terminal" });
  });

  test("a pinned key holds on every connection, not on the first only", async () => {
    const endpoint = { url, pinnedKeySha256: member.pin };
    const engine = ollamaEngine(endpoint, { clock: systemClock });
    for (let i = 0; i < 3; i++) await expect(engine.version()).rejects.toMatchObject({ code: "Untrusted" });
    await engine.close();
  });

  test("a certificate that names another host, or has ended, is not trusted", async () => {
    const elsewhere = await serve(makeCertificate("elsewhere", { issuer: authority, names: ["elsewhere.test"] }));
    const ended = await serve(
      makeCertificate("ended", { issuer: authority, addresses: ["127.0.0.1"], validTo: "210101000000Z" }),
    );
    const ca = authority.certificate;
    expect(await version({ url: elsewhere, ca })).toMatchObject({ code: "Untrusted" });
    expect(await version({ url: ended, ca })).toMatchObject({ code: "Untrusted" });
  });

  test("a host that asks for our certificate gets it", async () => {
    const asking = await serve(host, { asksClient: true });
    const ca = authority.certificate;
    expect(await version({ url: asking, ca, clientCertificate: member })).toBe("0.24.0");
    // TLS 1.3 tells the refusal only after the handshake: as an alert, or as a connection that ends.
    const refused = await version({ url: asking, ca });
    expect(["Denied", "Unreachable"]).toContain((refused as { code: string }).code);
  });

  test("plain http to a TLS port, and TLS to a plain one, say so", async () => {
    expect(await version({ url: url.replace("https", "http") })).toMatchObject({ kind: "transient" });
  });
});
