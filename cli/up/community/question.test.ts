import { afterEach, describe, expect, test } from "vitest";
import { closeServers, type Handler, serve } from "../../../test/doubles/web/server.ts";
import { ask } from "./question.ts";

afterEach(closeServers);

const said = (content: string): string => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
const usage = 'data: {"choices":[],"usage":{"completion_tokens":7}}\n\n';
const end = "data: [DONE]\n\n";

async function asked(handler: Handler, signal = new AbortController().signal) {
  const { origin } = await serve(handler);
  let shown = "";
  const answer = await ask({ url: origin, key: "ch_1_2", model: "m", prompt: "Why?", signal }, (text) => {
    shown += text;
  });
  return { ...answer, shown };
}

const streams =
  (...parts: string[]): Handler =>
  (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const part of parts) response.write(part);
    response.end();
  };

describe("an answer", () => {
  test("is handed on as it comes, with the tokens that the host counted", async () => {
    const answer = await asked(streams(said("Pa"), said("ris"), usage, end));
    expect(answer).toEqual({ text: "Paris", tokens: 7, shown: "Paris" });
  });

  test("is asked for with the member's key, over the protocol that clients speak", async () => {
    let seen = {};
    await asked(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const { model, messages, stream } = JSON.parse(Buffer.concat(parts).toString());
      seen = { authorization: request.headers.authorization, path: request.url, model, messages, stream };
      streams(said("x"), end)(request, response);
    });
    expect(seen).toEqual({
      authorization: "Bearer ch_1_2",
      path: "/v1/chat/completions",
      model: "m",
      messages: [{ role: "user", content: "Why?" }],
      stream: true,
    });
  });

  test("is whole wherever the network cut it, letters of several bytes and comments between events too", async () => {
    const bytes = Buffer.from(`: ping\n\n${said("Größe")}${end}`);
    const answer = await asked(async (_, response) => {
      for (const byte of bytes) {
        response.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    });
    expect(answer.text).toBe("Größe");
  });

  test("never reaches the terminal with control characters; line ends stay", async () => {
    const { shown } = await asked(streams(said("a\n\u001b[2Jb"), end));
    expect(shown).toBe("a\n\\x1b[2Jb");
  });
});

describe("no answer", () => {
  const refused: Record<string, [Handler, string]> = {
    "a refusal, with its status and words": [
      (_, response) => void response.writeHead(429).end("every host is busy"),
      "the gateway refused the question (429): every host is busy",
    ],
    "an error event in the stream": [
      streams(said("Pa"), 'data: {"error":{"message":"the host died"}}\n\n'),
      "the answer broke off: the host died",
    ],
    "a stream that ends before it says so": [streams(said("Pa")), "the connection ended before the answer did"],
    "an answer of blanks": [streams(said(" \n"), end), "the model gave an empty answer"],
    "an answer without end": [streams(said("x".repeat(100_001)), end), "longer than 100000 characters"],
    "a line without end": [streams(`data: ${"x".repeat(1_100_000)}`), "longer than 1048576 bytes"],
    "something that is no JSON": [streams("data: {oops\n\n"), "the answer is no JSON: {oops"],
  };
  test.for(Object.entries(refused))("%s", async ([, [handler, words]]) => {
    await expect(asked(handler)).rejects.toThrow(words);
  });

  test("a connection that breaks", async () => {
    const broken: Handler = (_, response) => {
      response.writeHead(200);
      response.write(said("Pa"), () => response.destroy());
    };
    await expect(asked(broken)).rejects.toThrow();
  });

  test("the person stops while the host is thinking", async () => {
    const stop = new AbortController();
    const thinking: Handler = () => stop.abort(new Error("stopped by SIGINT"));
    await expect(asked(thinking, stop.signal)).rejects.toThrow("stopped by SIGINT");
  });
});
