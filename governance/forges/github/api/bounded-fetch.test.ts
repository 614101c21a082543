import { describe, expect, test } from "vitest";
import { ManualClock } from "../../../../operator/clock/manual.ts";
import { ForgeError } from "../../forge.ts";
import { boundedFetch, type Fetch } from "./bounded-fetch.ts";

const api = "https://api.example/repos/a/b";

function bounded(answer: Fetch, bytesMax = 1_000) {
  const clock = new ManualClock();
  return { clock, fetch: boundedFetch(answer, { clock, requestMsMax: 5_000, answerBytesMax: bytesMax }) };
}

/** Answers each request with the next of these, and keeps what was asked. */
function inTurn(...answers: readonly Response[]): {
  fetch: Fetch;
  asked: { url: string; init: RequestInit | undefined }[];
} {
  const asked: { url: string; init: RequestInit | undefined }[] = [];
  const left = [...answers];
  const fetch: Fetch = async (url, init) => {
    asked.push({ url: String(url), init });
    return left.shift() ?? new Response(null, { status: 599 });
  };
  return { fetch, asked };
}

const moved = (location: string, status = 301) => new Response("moved", { status, headers: { location } });

const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error) => error,
  );

describe("an exchange", () => {
  test("gives the whole answer, and leaves no timer", async () => {
    const { fetch, clock } = bounded(inTurn(new Response("hello", { status: 200, headers: { etag: "x" } })).fetch);
    const answer = await fetch(api);
    expect([await answer.text(), answer.headers.get("etag"), clock.pending]).toEqual(["hello", "x", 0]);
  });

  test("may have no body", async () => {
    const { fetch } = bounded(inTurn(new Response(null, { status: 304 })).fetch);
    expect((await fetch(api)).status).toBe(304);
  });

  test("follows a repository that moved, on the same server, with what was sent", async () => {
    const { fetch: answer, asked } = inTurn(moved("/repositories/7"), new Response("it"));
    const headers = { authorization: "Bearer secret" };
    expect(await (await bounded(answer).fetch(api, { headers })).text()).toBe("it");
    expect(asked.map(({ url }) => url)).toEqual([api, "https://api.example/repositories/7"]);
    expect(asked.map(({ init }) => init?.redirect)).toEqual(["manual", "manual"]);
  });

  test.each([
    ["another server", "https://evil.example/repos/a/b"],
    ["another port", "https://api.example:8443/repos/a/b"],
    ["plain http", "http://api.example/repos/a/b"],
    ["nowhere", "https://"],
  ])("does not follow to %s: the token stays here", async (_, location) => {
    const { fetch: answer, asked } = inTurn(moved(location), new Response("stolen"));
    const error = await failure(bounded(answer).fetch(api));
    expect(error).toMatchObject({ name: "ForgeError", code: "refused" });
    expect(asked).toHaveLength(1);
  });

  test("changes nothing under a name that is old", async () => {
    const { fetch: answer, asked } = inTurn(moved("/repositories/7", 307), new Response("it"));
    const error = await failure(bounded(answer).fetch(api, { method: "POST", body: "{}" }));
    expect(error).toMatchObject({ code: "unreachable", isTransient: true });
    expect(asked).toHaveLength(1);
  });

  test("does not go in a circle", async () => {
    const { fetch } = bounded(async () => moved("/repos/a/b"));
    expect(await failure(fetch(api))).toMatchObject({ code: "unreachable" });
  });

  test("ends when the server does not answer in time", async () => {
    const { fetch, clock } = bounded(
      (_, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
        }),
    );
    const asked = failure(fetch(api));
    await clock.advance(5_000);
    expect(await asked).toMatchObject({ code: "unreachable", message: "api.example did not answer within 5 seconds" });
    expect(clock.pending).toBe(0);
  });

  test("ends at once when it is aborted, with that reason", async () => {
    const abort = new AbortController();
    const { fetch, clock } = bounded(
      (_, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
        }),
    );
    const asked = failure(fetch(api, { signal: abort.signal }));
    const reason = new Error("stopping");
    abort.abort(reason);
    expect(await asked).toBe(reason);
    expect(clock.pending).toBe(0);
  });

  test("takes no endless answer", async () => {
    const endless = new ReadableStream<Uint8Array>({ pull: (to) => to.enqueue(new Uint8Array(400)) });
    const { fetch } = bounded(inTurn(new Response(endless)).fetch);
    expect(await failure(fetch(api))).toMatchObject({
      code: "invalid",
      message: "api.example answered more than 1000 bytes",
    });
  });

  test("says that the server is away, and keeps the cause", async () => {
    const cause = new TypeError("fetch failed");
    const { fetch } = bounded(async () => {
      throw cause;
    });
    const error = await failure(fetch(api));
    expect(error).toBeInstanceOf(ForgeError);
    expect(error).toMatchObject({ code: "unreachable", cause });
  });
});
