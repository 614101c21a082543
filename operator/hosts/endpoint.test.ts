import { describe, expect, test } from "vitest";
import type { DirectEndpoint } from "../apis/model-host.ts";
import { connectionOf, type SecretReading, secretsNamed } from "./endpoint.ts";

const settings = { clusterDomain: "cluster.local", secretNamespace: "commonhold-system" };
const secret = (data: Record<string, string>): SecretReading => ({
  kind: "Found",
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString("base64")])),
});

function connection(direct: Partial<DirectEndpoint>, secrets: Record<string, SecretReading> = {}) {
  const endpoint = { direct: { url: "https://gpu1.example.org:11434", ...direct } };
  return connectionOf({ endpoint }, new Map(Object.entries(secrets)), settings);
}

const token = { bearerToken: { name: "gpu1", key: "token" } };
const certificate = { clientCertificate: { name: "gpu1-tls" } };

const refused: Record<string, [direct: Partial<DirectEndpoint>, secrets: Record<string, SecretReading>, says: string]> =
  {
    "a token's Secret that does not exist is named, with its namespace": [
      token,
      {},
      "SecretMissing: Secret commonhold-system/gpu1 does not exist: create it with the key token",
    ],
    "one that was deleted": [
      token,
      { gpu1: { kind: "NotFound" } },
      "SecretMissing: Secret commonhold-system/gpu1 does not exist: create it with the key token",
    ],
    "a Secret without the key tells which keys it has": [
      token,
      { gpu1: secret({ password: "x" }) },
      "SecretMissing: Secret commonhold-system/gpu1 has no key token (it has password)",
    ],
    "an empty value is no token": [
      token,
      { gpu1: secret({ token: " \n" }) },
      "SecretMissing: Secret commonhold-system/gpu1 has no key token (it has token)",
    ],
    "an empty Secret": [
      token,
      { gpu1: secret({}) },
      "SecretMissing: Secret commonhold-system/gpu1 has no key token (it is empty)",
    ],
    "a Secret that may not be read is one to be listed": [
      token,
      { gpu1: { kind: "Forbidden" } },
      "SecretForbidden: Secret commonhold-system/gpu1 may not be read by the operator: add gpu1 to hostSecrets among the values of the chart, if this host is to have it",
    ],
    "a Secret that could not be read": [
      token,
      { gpu1: { kind: "Unreadable", message: "timed out" } },
      "SecretUnreadable: Secret commonhold-system/gpu1 could not be read: timed out",
    ],
    "a client certificate without its key": [
      certificate,
      { "gpu1-tls": secret({ "tls.crt": "PEM" }) },
      "SecretMissing: Secret commonhold-system/gpu1-tls has no key tls.key (it has tls.crt)",
    ],
    "a URL that is none": [
      { url: "https://gpu1:port" },
      {},
      'InvalidEndpoint: "https://gpu1:port" is not a URL; write it like https://gpu1.example.org:11434',
    ],
    "control characters of a URL are not shown raw": [
      { url: "https://\u001b[2J" },
      {},
      'InvalidEndpoint: "https://\\x1b[2J" is not a URL; write it like https://gpu1.example.org:11434',
    ],
    "a pinned key over plain http proves nothing": [
      { url: "http://127.0.0.1:11434", publicKeySha256: "a".repeat(64) },
      {},
      'InvalidEndpoint: endpoint "http://127.0.0.1:11434": a CA, a pinned key and a client certificate need https://',
    ],
  };

describe("the way to a host", () => {
  test.each(Object.entries(refused))("%s", (_, [direct, secrets, says]) => {
    const found = connection(direct, secrets);
    expect(found.kind === "Unusable" && `${found.reason}: ${found.message}`).toBe(says);
  });

  test("a tunnel that nobody has dialled yet is said to be one", () => {
    const tunnel = { publicKey: "ssh-ed25519 AAAA" };
    expect(connectionOf({ endpoint: { tunnel } }, new Map(), settings)).toMatchObject({
      kind: "Unusable",
      reason: "TunnelNotConnected",
      terminal: false,
    });
  });

  test("token, client certificate, CA and pin reach the driver", () => {
    const found = connection(
      { ...token, ...certificate, caBundle: "CA", publicKeySha256: "a".repeat(64) },
      { gpu1: secret({ token: "s3cret\n" }), "gpu1-tls": secret({ "tls.crt": "C", "tls.key": "K" }) },
    );
    expect(found.kind === "Usable" && found.endpoint).toEqual({
      url: "https://gpu1.example.org:11434",
      ca: "CA",
      pinnedKeySha256: "a".repeat(64),
      clientCertificate: { certificate: "C", key: "K" },
      bearer: "s3cret",
    });
  });

  test("a token is not sent where anybody on the way could read it", () => {
    const found = connection({ ...token, url: "http://gpu1.example.org" }, { gpu1: secret({ token: "s3cret" }) });
    expect(found).toMatchObject({
      kind: "Usable",
      transport: { secure: false },
      endpoint: { url: "http://gpu1.example.org" },
    });
    expect(JSON.stringify(found)).not.toContain("s3cret");
  });

  test("the fingerprint changes with a secret and tells nothing of it", () => {
    const one = connection(token, { gpu1: secret({ token: "one" }) });
    const two = connection(token, { gpu1: secret({ token: "two" }) });
    expect(one.kind === "Usable" && two.kind === "Usable" && one.fingerprint !== two.fingerprint).toBe(true);
    expect(one.kind === "Usable" && one.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test("all Secrets that are named, each once", () => {
    const endpoint = { direct: { url: "https://x", ...token, clientCertificate: { name: "gpu1" } } };
    expect(secretsNamed({ endpoint })).toEqual(["gpu1"]);
    expect(secretsNamed({ endpoint: { tunnel: { publicKey: "" } } })).toEqual([]);
  });
});
