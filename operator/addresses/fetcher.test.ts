import { describe, expect, test } from "vitest";
import { closeServers, fetcherFor, type Handler, serve } from "../../test/doubles/web/server.ts";
import type { Resolve } from "./connector.ts";
import type { FetchError } from "./fetch-error.ts";

async function refusal(promise: Promise<unknown>): Promise<FetchError> {
  return promise.then(
    () => expect.fail("was not refused"),
    (error) => error as FetchError,
  );
}

const ok: Handler = (_, response) => response.end("hello");
/** Every name means these addresses. */
const everythingIs =
  (...addresses: string[]): Resolve =>
  (_host, _options, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })),
    );

describe("an address that is not allowed", () => {
  test("is refused before any connection when the URL names it", async () => {
    const server = await serve(ok);
    const error = await refusal(fetcherFor([]).open(server.origin));
    expect(error).toMatchObject({ code: "AddressRefused", kind: "terminal" });
    expect(error.message).toContain(`add 127.0.0.1:${server.port} to`);
    expect(server.hits).toHaveLength(0);
  });

  test.each([
    ["a decimal number", "2130706433"],
    ["a short form", "127.1"],
    ["octal", "0177.0.0.1"],
    ["hexadecimal", "0x7f.0.0.1"],
    ["IPv6", "[::1]"],
    ["the mapped form", "[::ffff:127.0.0.1]"],
    ["the unspecified address", "0.0.0.0"],
    ["full-width digits", "127.0.0.1".replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))],
  ])("is refused however it is written: %s", async (_, host) => {
    const server = await serve(ok);
    const error = await refusal(fetcherFor([]).open(`http://${host}:${server.port}/`));
    expect(error.code).toBe("AddressRefused");
    expect(server.hits).toHaveLength(0);
  });

  test("is refused when a name resolves to it", async () => {
    const server = await serve(ok);
    const fetcher = fetcherFor([], everythingIs("127.0.0.1"));
    const error = await refusal(fetcher.open(`https://models.example.org:${server.port}/`));
    expect(error.message).toContain("models.example.org: 127.0.0.1");
    expect(server.hits).toHaveLength(0);
  });

  test("is left out when a name resolves to an allowed one too", async () => {
    const server = await serve(ok);
    const fetcher = fetcherFor([`127.0.0.1:${server.port}`], everythingIs("10.0.0.1", "127.0.0.1"));
    const response = await fetcher.open(`http://models.example.org:${server.port}/`);
    expect(await response.body.text()).toBe("hello");
  });

  test("gains nothing from a name that answers differently the second time: every answer is judged", async () => {
    const server = await serve(ok);
    const answers = ["127.0.0.2", "127.0.0.1"];
    const rebinding: Resolve = (_host, _options, done) => done(null, [{ address: answers.shift() ?? "", family: 4 }]);
    const fetcher = fetcherFor([`127.0.0.2:${server.port}`], rebinding);
    const url = `http://models.example.org:${server.port}/`;
    // Nobody listens on the allowed address: a connection was tried there, and there only.
    expect((await refusal(fetcher.open(url))).code).toBe("Unreachable");
    expect((await refusal(fetcher.open(url))).code).toBe("AddressRefused");
    expect(answers).toEqual([]);
    expect(server.hits).toHaveLength(0);
  });

  test("is refused behind a redirect, with no connection to it", async () => {
    const inside = await serve(ok);
    const outside = await serve((_, response) =>
      response.writeHead(302, { location: `${inside.origin}/secret` }).end(),
    );
    const error = await refusal(fetcherFor([`127.0.0.1:${outside.port}`]).open(`${outside.origin}/model.gguf`));
    expect(error.code).toBe("AddressRefused");
    expect(outside.hits).toHaveLength(1);
    expect(inside.hits).toHaveLength(0);
  });

  test("is refused behind a redirect to the metadata service", async () => {
    const outside = await serve((_, response) =>
      response.writeHead(307, { location: "http://169.254.169.254/latest/meta-data/" }).end(),
    );
    const error = await refusal(fetcherFor([`127.0.0.1:${outside.port}`]).open(outside.origin));
    expect(error.message).toContain("link-local");
  });
});

describe("plain http", () => {
  test("to a public address is refused before any connection", async () => {
    const error = await refusal(fetcherFor([], everythingIs("93.184.216.34")).open("http://models.example.org/a"));
    expect(error.code).toBe("UrlRefused");
    expect(error.message).toContain("use https");
  });

  test("to an address that is allowed by name is followed", async () => {
    const server = await serve(ok);
    const response = await fetcherFor(["127.0.0.0/8"]).open(server.origin);
    expect(await response.body.text()).toBe("hello");
  });
});

describe("redirects", () => {
  test("are followed to the end, which is told", async () => {
    const server = await serve((request, response) =>
      request.url === "/end" ? response.end("here") : response.writeHead(301, { location: "/end" }).end(),
    );
    const response = await fetcherFor(["127.0.0.1"]).open(`${server.origin}/start`);
    expect(response.finalUrl.pathname).toBe("/end");
    expect(await response.body.text()).toBe("here");
  });

  test("in a circle are given up after five", async () => {
    const server = await serve((_, response) => response.writeHead(302, { location: "/again" }).end());
    const error = await refusal(fetcherFor(["127.0.0.1"]).open(server.origin));
    expect(error.code).toBe("RedirectRefused");
    expect(server.hits).toHaveLength(6);
  });

  test("carry credentials within an origin and to no other", async () => {
    const other = await serve(ok);
    const server = await serve((request, response) =>
      response.writeHead(302, { location: request.url === "/a" ? "/b" : `${other.origin}/c` }).end(),
    );
    const headers = { authorization: "Bearer secret", accept: "text/plain" };
    const response = await fetcherFor(["127.0.0.1"]).open(`${server.origin}/a`, { headers, range: { first: 3 } });
    response.body.discard();
    expect(server.hits.map((hit) => hit.headers.authorization)).toEqual(["Bearer secret", "Bearer secret"]);
    expect(other.hits[0]?.headers.authorization).toBeUndefined();
    expect(other.hits[0]?.headers).toMatchObject({ accept: "text/plain", range: "bytes=3-" });
  });
});

describe("a body", () => {
  test("beyond its limit ends in BodyTooLarge", async () => {
    const server = await serve((_, response) => response.end("x".repeat(1000)));
    const response = await fetcherFor(["127.0.0.1"]).open(server.origin, { bodyBytesMax: 999 });
    expect(await refusal(response.body.text())).toMatchObject({ code: "BodyTooLarge", kind: "terminal" });
  });

  test("that breaks off ends in CutOff, not in a shorter body", async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { "content-length": "1000" }).write("x".repeat(100), () => response.destroy());
    });
    const response = await fetcherFor(["127.0.0.1"]).open(server.origin);
    expect(await refusal(response.body.text())).toMatchObject({ code: "CutOff", kind: "transient" });
  });

  test("that falls silent ends in Timeout", async () => {
    const server = await serve((_, response) => void response.writeHead(200).write("x"));
    const response = await fetcherFor(["127.0.0.1"]).open(server.origin, { timeouts: { idleMs: 100 } });
    expect(await refusal(response.body.text())).toMatchObject({ code: "Timeout", kind: "transient" });
  });

  test("ends at once with the reason when the signal aborts", async () => {
    const server = await serve((_, response) => void response.writeHead(200).write("x"));
    const abort = new AbortController();
    const response = await fetcherFor(["127.0.0.1"]).open(server.origin, { signal: abort.signal });
    const text = refusal(response.body.text());
    abort.abort(new Error("stopped"));
    expect((await text).message).toBe("stopped");
  });

  test("is discarded without a trace, even when the server breaks off later", async () => {
    const server = await serve((_, response) => void response.writeHead(200).write("x"));
    const response = await fetcherFor(["127.0.0.1"]).open(server.origin);
    const closed = new Promise((done) => server.hits[0]?.socket.once("close", done));
    response.body.discard();
    await closed;
  });
});

describe("errors", () => {
  test("nobody listening is Unreachable, and transient", async () => {
    const server = await serve(ok);
    await closeServers();
    const error = await refusal(fetcherFor(["127.0.0.1"]).open(`${server.origin}/a?signature=secret`));
    expect(error).toMatchObject({ code: "Unreachable", kind: "transient" });
    expect(error.message).toContain(`http://127.0.0.1:${server.port}/a`);
    expect(error.message).not.toContain("secret");
  });

  test("headers that never come are Timeout", async () => {
    const server = await serve(() => {});
    const error = await refusal(fetcherFor(["127.0.0.1"]).open(server.origin, { timeouts: { headersMs: 100 } }));
    expect(error.code).toBe("Timeout");
  });

  test("an abort before the headers rejects with its reason", async () => {
    const server = await serve(() => abort.abort(new Error("stopped")));
    const abort = new AbortController();
    const error = await refusal(fetcherFor(["127.0.0.1"]).open(server.origin, { signal: abort.signal }));
    expect(error.message).toBe("stopped");
  });

  test("an abort before the start opens nothing", async () => {
    const server = await serve(ok);
    const signal = AbortSignal.abort(new Error("stopped"));
    expect((await refusal(fetcherFor(["127.0.0.1"]).open(server.origin, { signal }))).message).toBe("stopped");
    expect(server.hits).toHaveLength(0);
  });

  test("a closed fetcher ends what is under way", async () => {
    const server = await serve(() => void fetcher.close());
    const fetcher = fetcherFor(["127.0.0.1"]);
    expect((await refusal(fetcher.open(server.origin))).code).toBe("Unreachable");
  });

  test("a status is no error", async () => {
    const server = await serve((_, response) => response.writeHead(404).end("no"));
    const response = await fetcherFor(["127.0.0.1"]).open(server.origin);
    expect([response.status, await response.body.text()]).toEqual([404, "no"]);
  });
});
