import { describe, expect, test } from "vitest";
import type { Handler } from "../../test/doubles/web/server.ts";
import { answering, bench, config, failure, honest } from "../../test/models/registry-bench.ts";
import { digestOf } from "./digest.ts";

describe("a token is got where the registry says, as nobody", () => {
  const challenge = (host: string): string =>
    `Bearer realm="http://${host}/token",service="reg",scope="repository:library/tiny:pull"`;
  const guarded = (token: Handler): Handler =>
    honest((path, request, response) => {
      if (path.startsWith("/token")) {
        token(request, response);
        return true;
      }
      if (request.headers.authorization === "Bearer t0k3n") return false;
      response.writeHead(401, { "www-authenticate": challenge(request.headers.host ?? "") }).end();
      return true;
    });

  test("and used for the rest", async () => {
    const { resolve, hits } = await bench(guarded((_, response) => response.end(JSON.stringify({ token: "t0k3n" }))));
    await resolve();
    expect(hits.map(({ url }) => url?.split("?")[0])).toEqual([
      "/v2/library/tiny/manifests/latest",
      "/token",
      "/v2/library/tiny/manifests/latest",
      `/v2/library/tiny/blobs/${digestOf(config)}`,
    ]);
    expect(hits[1]?.url).toContain("service=reg&scope=repository%3Alibrary%2Ftiny%3Apull");
    expect(hits[1]?.headers.authorization).toBeUndefined();
  });

  test.each([
    ["no token for nobody", 401, "{}"],
    ["an answer without token", 200, "{}"],
    ["an answer that is no JSON", 200, "<html>"],
    ["a token with a line break in it", 200, JSON.stringify({ token: "a\r\nx-evil: 1" })],
  ])("but %s means Denied", async (_, status, body) => {
    const { resolve } = await bench(guarded((_request, response) => response.writeHead(status).end(body)));
    expect(await failure(resolve())).toMatchObject({ code: "Denied", kind: "terminal" });
  });

  test("but a token that is not taken means Denied, after one try", async () => {
    const { resolve, hits } = await bench(guarded((_, response) => response.end(JSON.stringify({ token: "other" }))));
    expect((await failure(resolve())).code).toBe("Denied");
    expect(hits).toHaveLength(3);
  });

  test("but never at another host, which is not even asked", async () => {
    const other = await bench((_, response) => response.end(JSON.stringify({ token: "t0k3n" })));
    const { resolve } = await bench(answering(401, "", { "www-authenticate": challenge(other.host) }));
    expect((await failure(resolve())).code).toBe("Denied");
    expect(other.hits).toHaveLength(0);
  });
});

describe("what a registry says is told in its words and in ours", () => {
  const oci = (message: string): string => JSON.stringify({ errors: [{ code: "CODE", message }] });

  test.each([
    [
      "404 as NotFound",
      404,
      oci("manifest unknown"),
      "NotFound",
      "terminal",
      "says: manifest unknown; check host, name and tag",
    ],
    ["404 without words as NotFound", 404, "<html>", "NotFound", "terminal", "status 404"],
    ["401 without challenge as Denied", 401, oci("who are you"), "Denied", "terminal", "says: who are you"],
    ["403 as Denied", 403, "", "Denied", "terminal", "is not public"],
    ["500 as Unreachable", 500, oci("disk full"), "Unreachable", "transient", "says: disk full"],
    ["502 with a web page as Unreachable", 502, "<html>", "Unreachable", "transient", "status 502"],
    ["another refusal as Refused", 405, oci("no"), "Refused", "terminal", "says: no"],
    ["words with escape sequences, shown", 404, oci("\u001b[2Jgone"), "NotFound", "terminal", "\\x1b[2Jgone"],
    ["the other form of words", 403, JSON.stringify({ error: "gated" }), "Denied", "terminal", "says: gated"],
    [
      "only a code where there is no message",
      404,
      JSON.stringify({ errors: [{ code: "NAME_UNKNOWN" }] }),
      "NotFound",
      "terminal",
      "NAME_UNKNOWN",
    ],
    [
      "strange JSON without words",
      404,
      JSON.stringify({ errors: [null, 1, { message: 2 }] }),
      "NotFound",
      "terminal",
      "status 404",
    ],
  ])("%s", async (_, status, body, code, kind, words) => {
    const { resolve } = await bench(answering(status, body));
    const error = await failure(resolve());
    expect(error).toMatchObject({ code, kind });
    expect(error.message).toContain(words);
  });

  test.each([
    ["in seconds", "30", 30_000],
    ["as a date", "Thu, 01 Jan 2026 00:02:00 GMT", 120_000],
    ["as a date that is over", "Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["beyond all patience, cut to an hour", "999999", 3_600_000],
    ["unreadably, left out", "soon", undefined],
  ])("429 as TooManyRequests, with how long to wait %s", async (_, header, ms) => {
    const { resolve } = await bench(answering(429, "", { "retry-after": header }));
    expect(await failure(resolve())).toMatchObject({ code: "TooManyRequests", kind: "transient", retryAfterMs: ms });
  });

  test("503 with a time as Unreachable with that time", async () => {
    const { resolve } = await bench(answering(503, "", { "retry-after": "7" }));
    expect(await failure(resolve())).toMatchObject({ code: "Unreachable", retryAfterMs: 7000 });
  });
});
