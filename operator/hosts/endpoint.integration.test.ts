import { describe, expect } from "vitest";
import { eventually, test } from "../../test/hosts/test.ts";
import { HostUnavailable } from "./view.ts";

describe("the way to a host", () => {
  test("a Secret that is missing is named; once it is there, its token is sent", async ({ community }) => {
    const ollama = await community.ollama();
    const { url, certificate } = await community.tlsFor(ollama);
    const endpoint = { direct: { url, publicKeySha256: certificate.pin, bearerToken: { name: "gpu1" } } };
    const name = await community.host("a", url, { endpoint } as never);
    const { directory } = await community.operator();
    await eventually("missing", async () => (await community.readHost(name))?.status?.state === "SecretMissing");
    expect((await community.condition(name, "Ready"))?.message).toBe(
      `Secret ${community.namespace}/gpu1 does not exist: create it with the key token.`,
    );
    expect(() => directory.get(name)?.engine()).toThrow(HostUnavailable);
    expect(ollama.requests).toEqual([]);
    await community.secret("gpu1", { token: "s3cret" });
    await eventually("ready", async () => (await community.readHost(name))?.status?.state === "Ready");
    expect(ollama.requests[0]?.authorization).toBe("Bearer s3cret");
    expect(JSON.stringify(await community.readHost(name))).not.toContain("s3cret");
  });

  test("a Secret that changes is taken up when the host refuses the old one", async ({ community }) => {
    const ollama = await community.ollama();
    await community.secret("gpu1", { token: "old" });
    const { url, certificate } = await community.tlsFor(ollama);
    const endpoint = { direct: { url, caBundle: certificate.certificate, bearerToken: { name: "gpu1" } } };
    const name = await community.host("a", url, { endpoint } as never);
    const { directory } = await community.operator();
    await eventually("ready", () => directory.get(name)?.ready);
    const deny = ollama.faults.add("/api/*", { kind: "answer", status: 401, body: { error: "unauthorized" } });
    await eventually("denied", async () => (await community.readHost(name))?.status?.state === "Denied");
    await community.secret("gpu1", { token: "new" });
    await eventually("new token", () => ollama.requests.at(-1)?.authorization === "Bearer new");
    deny();
    await eventually("ready", async () => (await community.readHost(name))?.status?.state === "Ready");
  });

  test("a certificate that nobody vouches for is told, and so is a key that is not the pinned one", async ({
    community,
  }) => {
    const ollama = await community.ollama();
    const { url } = await community.tlsFor(ollama);
    const unknown = await community.host("a", url);
    const endpoint = { direct: { url, publicKeySha256: "a".repeat(64) } };
    const mismatch = await community.host("b", url, { endpoint } as never);
    await community.operator();
    for (const name of [unknown, mismatch]) {
      await eventually("untrusted", async () => (await community.readHost(name))?.status?.state === "Untrusted");
      expect(await community.condition(name, "Stalled")).toMatchObject({ status: "True", reason: "Untrusted" });
    }
    expect((await community.condition(mismatch, "Ready"))?.message).toMatch(/pinned is a{64}/);
    expect(ollama.requests).toEqual([]);
  });

  test("plain http over a network is insecure: not ready, nothing of the community", async ({ community }) => {
    const ollama = await community.ollama();
    const name = await community.host("a", "http://gpu1.example.org:11434");
    // The name leads to the double, as a DNS server would.
    const { directory } = await community.operator({
      connect: (inner) => (given) => inner({ ...given, url: ollama.url }),
    });
    await eventually("insecure", async () => (await community.readHost(name))?.status?.state === "Insecure");
    await eventually("asked", () => ollama.requests.length > 0);
    expect(await community.condition(name, "InsecureTransport")).toMatchObject({ status: "True", reason: "PlainHttp" });
    expect(directory.get(name)).toMatchObject({ ready: false, placement: { transportSecure: false } });
  });

  test("an address that the policy forbids is refused without a connection, with what to do", async ({ community }) => {
    const ollama = await community.ollama();
    const name = await community.host("a", ollama.url);
    await community.operator({ allow: [] });
    await eventually("refused", async () => (await community.readHost(name))?.status?.state === "AddressRefused");
    const message = (await community.condition(name, "Reachable"))?.message;
    expect(message).toMatch(/loopback address.*add 127\.0\.0\.1:\d+ to COMMONHOLD_HOST_ADDRESSES/);
    expect(ollama.requests).toEqual([]);
  });

  test("a tunnel that has not dialled in says so", async ({ community }) => {
    const endpoint = { tunnel: { publicKey: `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${"A".repeat(43)}` } };
    const name = await community.host("a", "", { endpoint } as never);
    const { directory } = await community.operator();
    await eventually("told", async () => (await community.readHost(name))?.status?.state === "TunnelNotConnected");
    expect(directory.synced).toBe(true);
    expect(await community.condition(name, "Stalled")).toMatchObject({ status: "False" });
  });

  test("another address is another machine: what the old one said is forgotten", async ({ community }) => {
    const old = await community.ollama({ version: "0.21.0" });
    const next = await community.ollama({ version: "0.24.0" });
    const name = await community.host("a", old.url);
    const { directory } = await community.operator();
    await eventually("old", () => directory.get(name)?.version === "0.21.0");
    await community.patchHost(name, { spec: { endpoint: { direct: { url: next.url } } } });
    await eventually("new", () => directory.get(name)?.version === "0.24.0");
    const asked = old.requests.length;
    await directory.refresh(name);
    expect(old.requests.length).toBe(asked);
  });
});
