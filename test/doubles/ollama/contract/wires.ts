import { beforeAll, describe, expect, test } from "vitest";
import { keys, lines, make, post, type Raw, type TheHost } from "./host.ts";

export function wiresContract(the: TheHost): void {
  describe("generating", () => {
    beforeAll(async () => {
      await make(the().engine, "speaker", { seed: 140 });
    });

    const messages = [{ role: "user", content: "hello" }];
    const options = { num_predict: 3, num_ctx: 256, temperature: 0 };
    const counts = ["eval_count", "eval_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration"];
    const end = ["created_at", "done", "done_reason", "model", "total_duration", ...counts].sort();

    test("/api/generate streams lines and ends with counts", async () => {
      const raw = await post(the(), "/api/generate", { model: "speaker", prompt: "hello", options });
      expect(raw).toMatchObject({ status: 200, type: "application/x-ndjson" });
      const all = lines(raw);
      expect(all).toHaveLength(4);
      for (const line of all.slice(0, 3)) {
        expect(keys(line)).toEqual(["created_at", "done", "model", "response"]);
        expect(line["done"]).toBe(false);
      }
      expect(keys(all[3])).toEqual([...end, "context", "response"].sort());
      expect(all[3]).toMatchObject({
        model: "speaker",
        response: "",
        done: true,
        done_reason: "length",
        eval_count: 3,
      });
    });

    test("/api/chat streams lines and ends with counts", async () => {
      const all = lines(await post(the(), "/api/chat", { model: "speaker", messages, options }));
      expect(all).toHaveLength(4);
      expect(keys(all[0])).toEqual(["created_at", "done", "message", "model"]);
      expect(all[0]?.["message"]).toEqual({ role: "assistant", content: expect.any(String) });
      expect(keys(all[3])).toEqual([...end, "message"].sort());
      expect(all[3]).toMatchObject({ done: true, done_reason: "length", message: { role: "assistant", content: "" } });
    });

    test.each([
      ["/api/generate", { prompt: "hello" }, "response"],
      ["/api/chat", { messages }, "message"],
    ])("%s without a stream is one object", async (path, asked, part) => {
      const raw = await post(the(), path, { model: "speaker", ...asked, options, stream: false });
      expect(raw).toMatchObject({ status: 200, type: "application/json" });
      expect(keys(JSON.parse(raw.text))).toEqual(expect.arrayContaining([...end, part]));
    });

    test.each([
      ["/api/generate", {}, 1, "load", "response"],
      ["/api/generate", { keep_alive: 0 }, 1, "unload", "response"],
      ["/api/chat", { messages: [] }, 1, "load", "message"],
      ["/api/chat", { messages: [], keep_alive: 0 }, 1, "unload", "message"],
    ])("%s with nothing to say (%j) is one object", async (path, asked, _, reason, part) => {
      const raw = await post(the(), path, { model: "speaker", ...asked });
      const answer = JSON.parse(raw.text) as Record<string, unknown>;
      expect(keys(answer)).toEqual(["created_at", "done", "done_reason", "model", part].sort());
      expect(answer).toMatchObject({ done: true, done_reason: reason });
    });

    test("/api/embed gives a vector of length 1 for each text, and none for none", async () => {
      const raw = await post(the(), "/api/embed", { model: "speaker", input: ["a", "b c"] });
      const answer = JSON.parse(raw.text) as { embeddings: number[][] };
      expect(keys(answer)).toEqual(["embeddings", "load_duration", "model", "prompt_eval_count", "total_duration"]);
      expect(answer.embeddings).toHaveLength(2);
      for (const vector of answer.embeddings) expect(Math.hypot(...vector)).toBeCloseTo(1, 3);
      expect(JSON.parse((await post(the(), "/api/embed", { model: "speaker" })).text)).toEqual({
        model: "speaker",
        embeddings: [],
      });
    });

    test("/v1/chat/completions streams events, counts where asked, and says that it is done", async () => {
      const stream = { stream: true, stream_options: { include_usage: true }, max_tokens: 3 };
      const raw = await post(the(), "/v1/chat/completions", { model: "speaker", messages, ...stream });
      expect(raw).toMatchObject({ status: 200, type: "text/event-stream" });
      const all = events(raw);
      expect(all.at(-1)).toBe("[DONE]");
      const chunk = ["choices", "created", "id", "model", "object", "system_fingerprint"];
      expect(keys(all[0])).toEqual(chunk);
      expect(all[0]).toMatchObject({
        object: "chat.completion.chunk",
        choices: [{ index: 0, delta: { role: "assistant" }, finish_reason: null }],
      });
      expect(all.at(-3)).toMatchObject({ choices: [{ delta: { content: "" }, finish_reason: "length" }] });
      expect(keys(all.at(-2))).toEqual([...chunk, "usage"]);
      expect(all.at(-2)).toMatchObject({ choices: [], usage: { completion_tokens: 3 } });
    });

    test("/v1/completions streams events, each with counts where asked", async () => {
      const stream = { stream: true, stream_options: { include_usage: true }, max_tokens: 3 };
      const all = events(await post(the(), "/v1/completions", { model: "speaker", prompt: "hello", ...stream }));
      expect(all[0]).toMatchObject({
        object: "text_completion",
        choices: [{ text: expect.any(String), index: 0, finish_reason: null }],
        usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 },
      });
      expect(all.at(-2)).toMatchObject({ choices: [], usage: { completion_tokens: 3 } });
      expect(all.at(-1)).toBe("[DONE]");
    });

    test.each([
      ["/v1/chat/completions", { messages }, "chat.completion"],
      ["/v1/completions", { prompt: "hello" }, "text_completion"],
    ])("%s answers whole unless asked to stream", async (path, asked, object) => {
      const raw = await post(the(), path, { model: "speaker", ...asked, max_tokens: 3 });
      expect(raw).toMatchObject({ status: 200, type: "application/json" });
      const answer = JSON.parse(raw.text) as Record<string, unknown>;
      expect(keys(answer)).toEqual(["choices", "created", "id", "model", "object", "system_fingerprint", "usage"]);
      expect(answer).toMatchObject({ object, choices: [{ index: 0, finish_reason: "length" }] });
    });

    test("/v1/embeddings gives a list", async () => {
      const raw = await post(the(), "/v1/embeddings", { model: "speaker", input: "a" });
      const answer = JSON.parse(raw.text) as { data: object[] };
      expect(keys(answer)).toEqual(["data", "model", "object", "usage"]);
      expect(answer.data[0]).toMatchObject({ object: "embedding", index: 0, embedding: expect.any(Array) });
    });

    test("/v1/models lists what is on the disk, and one of them alone", async () => {
      const list = JSON.parse((await post(the(), "/v1/models", undefined, "GET")).text) as { data: object[] };
      const found = list.data.find((model) => (model as { id: string }).id === "speaker:latest");
      expect(found).toEqual({
        id: "speaker:latest",
        object: "model",
        created: expect.any(Number),
        owned_by: "library",
      });
      const one = JSON.parse((await post(the(), "/v1/models/speaker", undefined, "GET")).text) as object;
      expect(keys(one)).toEqual(["created", "id", "object", "owned_by"]);
    });

    test.each([
      ["/api/generate", { prompt: "x" }, 404, { error: "model 'none' not found" }],
      ["/api/chat", { messages }, 404, { error: "model 'none' not found" }],
      ["/api/embed", { input: "x" }, 404, { error: 'model "none" not found, try pulling it first' }],
      ["/v1/chat/completions", { messages }, 404, openai("model 'none' not found", "not_found_error")],
      ["/v1/completions", { prompt: "x" }, 404, openai("model 'none' not found", "not_found_error")],
      ["/v1/chat/completions", { messages: [] }, 400, openai("[] is too short - 'messages'", "invalid_request_error")],
      ["/v1/embeddings", { input: [] }, 400, openai("invalid input", "invalid_request_error")],
      ["/api/embed", { input: [1] }, 400, { error: "invalid input type" }],
      ["/api/generate", { keep_alive: "soon" }, 400, { error: 'time: invalid duration "soon"' }],
    ])("%s refuses %j with status %i in its own dialect", async (path, asked, status, said) => {
      const raw = await post(the(), path, { model: "none", ...asked });
      expect(raw.status).toBe(status);
      expect(JSON.parse(raw.text)).toEqual(said);
    });
  });
}

function events(raw: Raw): (string | Record<string, unknown>)[] {
  return raw.text
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event) => event.replace(/^data: /, ""))
    .map((data) => (data === "[DONE]" ? data : (JSON.parse(data) as Record<string, unknown>)));
}

function openai(message: string, type: string): object {
  return { error: { message, type, param: null, code: null } };
}
