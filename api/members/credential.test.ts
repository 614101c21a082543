import type { IncomingHttpHeaders } from "node:http";
import { describe, expect, test } from "vitest";
import { presentedCredential } from "./credential.ts";

const of = (headers: IncomingHttpHeaders, url = "/api/chat") => presentedCredential({ headers, method: "POST", url });

describe("a credential is taken from", () => {
  const cases: Record<string, { headers: IncomingHttpHeaders; key: string | undefined }> = {
    "Authorization: Bearer": { headers: { authorization: "Bearer abc" }, key: "abc" },
    "bearer in small letters, with spaces": { headers: { authorization: "bearer   abc  " }, key: "abc" },
    "x-api-key": { headers: { "x-api-key": " abc " }, key: "abc" },
    "Authorization, where both are there": { headers: { authorization: "Bearer abc", "x-api-key": "def" }, key: "abc" },
    "nothing: no headers": { headers: {}, key: undefined },
    "nothing: an empty bearer": { headers: { authorization: "Bearer " }, key: undefined },
    "nothing: two words after Bearer": { headers: { authorization: "Bearer a b" }, key: undefined },
    "nothing: Basic": { headers: { authorization: "Basic YTpi" }, key: undefined },
    "nothing: an empty x-api-key": { headers: { "x-api-key": "" }, key: undefined },
  };
  for (const [words, { headers, key }] of Object.entries(cases)) {
    test(words, () => expect(of(headers)).toEqual(key === undefined ? undefined : { kind: "key", key }));
  }
});

describe("a signature", () => {
  test("signs method, path and time, as the ollama command does", () => {
    expect(of({ authorization: "AAAA:c2ln" }, "/api/chat?ts=1767225600")).toEqual({
      kind: "signature",
      publicKey: "AAAA",
      signature: Buffer.from("sig"),
      signed: "POST,/api/chat?ts=1767225600",
      atS: 1767225600,
    });
  });
  for (const url of [
    "/api/chat",
    "/api/chat?ts=",
    "/api/chat?ts=-1",
    "/api/chat?ts=1e9",
    "/api/chat?ts=9999999999999",
  ]) {
    test(`without a readable time is none: ${url}`, () =>
      expect(of({ authorization: "AAAA:c2ln" }, url)).toBeUndefined());
  }
});
