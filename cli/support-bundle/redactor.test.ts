import { describe, expect, test } from "vitest";
import { mark } from "./mark.ts";
import { createRedactor } from "./redactor.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const secret = "S3cr3t/of+the\"Secret'";
const pem = `-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIPlantedPlantedPlanted\nAwEHoUQDQgAEplanted==\n-----END EC PRIVATE KEY-----\n`;
const certificate = "-----BEGIN CERTIFICATE-----\nMIIBpublicpublicpublic\n-----END CERTIFICATE-----\n";
const apiKey = `ch_abcdefgh_${"k".repeat(43)}`;

/** What is written, and the part that may not be read afterwards. */
const known: Record<string, [text: string, hidden: string]> = {
  "plain in a line": [`said ${secret} twice`, secret],
  "in a string of JSON": [JSON.stringify({ note: `said ${secret}` }), JSON.stringify(secret).slice(1, -1)],
  "in JSON within JSON": [JSON.stringify(JSON.stringify({ a: secret })), "S3cr3t"],
  "in a query": [`GET /?a=${encodeURIComponent(secret)}`, encodeURIComponent(secret)],
  "in base64": [`data: ${base64(secret)}`, base64(secret)],
  "in base64 with a line end": [`data: ${base64(`${secret}\n`)}`, base64(secret).slice(0, 20)],
  "in base64 for URLs": [
    `data ${Buffer.from(secret).toString("base64url")}`,
    Buffer.from(secret).toString("base64url"),
  ],
  "in base64 of something longer": [base64(`user:${secret}:more`), base64(`user:${secret}`).slice(8, 24)],
  "in base64 of something longer, moved by one": [
    base64(`users:${secret}:more`),
    base64(`users:${secret}`).slice(12, 28),
  ],
  "a short one as a word": ["password hunter2 was wrong", "hunter2"],
  "a short one in base64": [`it is ${base64("hunter2")}`, base64("hunter2")],
  "a line of a known key": ["log: MHcCAQEEIPlantedPlantedPlanted", "PlantedPlanted"],
  "a value in a known kubeconfig": ["who sent token-of-the-kubeconfig?", "token-of-the-kubeconfig"],
  "a leaf of known JSON": ["who sent leaf-of-the-tokens?", "leaf-of-the-tokens"],
};

const shapes: Record<string, [text: string, hidden: string]> = {
  "a private key": [pem, "Planted"],
  "a private key in JSON": [JSON.stringify({ note: pem }), "Planted"],
  "a private key in base64": [`x: ${base64(pem)}`, base64(pem).slice(40, 60)],
  "a private key whose end is missing": [pem.slice(0, 70), "Planted"],
  "a private key whose beginning is missing": [pem.slice(31), "Planted"],
  "an OpenSSH key": [pem.replaceAll("EC PRIVATE", "OPENSSH PRIVATE"), "Planted"],
  "an API key": [`refused ${apiKey}`, "kkkk"],
  "an API key cut short": ["refused ch_abcdefgh_kkkk", "kkkk"],
  "a bearer token": ["sent Bearer abc-def_ghi", "abc-def"],
  "a bearer token in small letters": ["sent bearer abc-def_ghi", "abc-def"],
  "an Authorization header": ["Authorization: Digest username=me, response=planted", "planted"],
  "an Authorization header in JSON": ['{"authorization":"Token planted"}', "planted"],
  "an Authorization header as a list in JSON": ['{"Authorization":["Custom planted"]}', "planted"],
  "an Authorization header in JSON within JSON": ['{"m":"{\\"authorization\\":\\"Token planted\\"}"}', "planted"],
  "basic authentication": [`Proxy-Authorization: Basic ${base64("me:planted")}`, base64("me:planted")],
  "a cookie": ["Set-Cookie: session=planted; Path=/", "planted"],
  "an x-api-key": ["X-Api-Key: planted", "planted"],
  "a JWT": ["got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl", "eyJzdWIi"],
  "a password in a URL": ["cloning https://me:planted@forge.example/a.git", "planted"],
  "a password with an @ in a URL": ["https://me:pl@nted@forge.example/", "nted"],
  "a user alone in a URL": ["https://planted@forge.example/", "planted"],
  "a password of ssh": ["ssh://me:planted@forge.example/", "planted"],
  "a password in a URL in escaped JSON": ['"https:\\/\\/me:planted@forge.example"', "planted"],
  "a token in a query": ["GET /hook?x=1&access_token=planted&y=2", "planted"],
  "a token of GitHub": [`used ghp_${"a".repeat(36)}`, "aaaa"],
  "a variable": ["WEBHOOK_SECRET=planted next", "planted"],
  "a variable with quotes": ["ADMIN_PASSWORD='planted words' next", "planted words"],
  "a variable that ends in KEY": ["COMMONHOLD_API_KEY=planted", "planted"],
  "a field of YAML": ["  token: planted", "planted"],
  "a field of JSON": ['{"clientSecret":"planted"}', "planted"],
  "a client key of a kubeconfig": ["    client-key-data: cGxhbnRlZA==", "cGxhbnRlZA"],
};

const readable: Record<string, string> = {
  "a digest of a model": `"digest":"sha256:${"b".repeat(64)}"`,
  "the prefix of an API key, by which its owner finds it": "prefix: ch_abcdefgh",
  "a certificate": certificate,
  "a certificate in base64": base64(certificate),
  "a count of tokens": '"tokens":12,"token":7,"promptTokens": 30',
  "a metric of tokens": 'commonhold_gateway_tokens_total{direction="in"} 5',
  "the name of a Secret": '"secretRef":{"name":"host-token"},"secretName":"host-token"',
  "the key of a queue": '"key":"community/chat"',
  "words about bearer tokens": "send a Bearer token, or use basic authentication",
  "a realm": 'WWW-Authenticate: Bearer realm="commonhold"',
  "a URL without credentials": "https://forge.example:8443/a/b.git?ref=main",
  "git over ssh": "ssh://git@forge.example/a.git and git@forge.example:a.git",
  "a mail address": "author alice@example.org",
  "a model by digest": "registry.example:5000/library/smollm2@sha256:abc",
  "a condition": '{"type":"Ready","status":"False","reason":"TokenExpired"}',
  "a word in which a short secret lies": "hunter24 and xhunter2",
  "a public ssh key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPublic alice",
};

function prepared() {
  const redactor = createRedactor();
  redactor.know(secret);
  redactor.know("hunter2");
  redactor.know("abc");
  redactor.knowText(pem);
  redactor.knowText("users:\n- name: me\n  user:\n    token: token-of-the-kubeconfig\n    name: forge.example\n");
  redactor.knowText('{"admin":"leaf-of-the-tokens"}');
  return redactor;
}

describe("a known secret is taken out", () => {
  test.each(Object.entries(known))("%s", (_, [text, hidden]) => {
    expect(text).toContain(hidden);
    expect(prepared().redact(text)).not.toContain(hidden);
    expect(prepared().redact(text)).toContain(mark);
  });
});

describe("a secret nobody told us is taken out by its shape", () => {
  test.each(Object.entries(shapes))("%s", (_, [text, hidden]) => {
    expect(text).toContain(hidden);
    const left = createRedactor().redact(text);
    expect(left).not.toContain(hidden);
    expect(left).toContain(mark);
    expect(createRedactor().redact(left)).not.toContain(`${mark}${mark}`);
  });
});

describe("what helps stays readable", () => {
  test.each(Object.entries(readable))("%s", (_, text) => {
    expect(prepared().redact(text)).toBe(text);
  });
});
