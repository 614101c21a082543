import { describe, expect, test } from "vitest";
import { ollamaRoutes } from "./ollama/routes.ts";
import { openaiRoutes } from "./openai/routes.ts";
import { readInferenceRequest, reloadingOptions, upstreamBody } from "./request.ts";

const generate = ollamaRoutes.find(({ path }) => path === "/api/generate")!;
const completions = openaiRoutes.find(({ path }) => path === "/v1/completions")!;

function sent(text: string, route = generate): string {
  return upstreamBody(readInferenceRequest(route, Buffer.from(text)), "served");
}

describe("what a host gets", () => {
  const cases: Record<string, { text: string; gives: string }> = {
    "the model's name on the host": { text: '{"model":"a"}', gives: '{"model":"served"}' },
    "everything else as it was written": {
      text: '{"model":"a", "prompt":"\\u00e9 é", "seed":12345678901234567890, "unknown":[1e400, {"model":"a"}], "format":{"type":"object"}}',
      gives:
        '{"model":"served","prompt":"\\u00e9 é","seed":12345678901234567890,"unknown":[1e400, {"model":"a"}],"format":{"type":"object"}}',
    },
    "no keep_alive: nobody unloads a community's model": {
      text: '{"model":"a","keep_alive":0}',
      gives: '{"model":"served"}',
    },
    "no options that would load the model anew; the others stay": {
      text: '{"model":"a","options":{"num_ctx":1, "temperature":0.5, "num_gpu":0}}',
      gives: '{"model":"served","options":{"temperature":0.5}}',
    },
    "no second model's name in other letters": {
      text: '{"model":"a","Model":"b","MODEL":"c"}',
      gives: '{"model":"served"}',
    },
    "no keep_alive and no options in other letters": {
      text: '{"model":"a","Keep_Alive":0,"\u212aeep_alive":0,"Options":{"NUM_CTX":1},"option\u017f":{"num_gpu":0}}',
      gives: '{"model":"served","Options":{},"option\u017f":{}}',
    },
    "no name that is hidden behind escapes": {
      text: '{"model":"a","\\u006b\\u0065ep_alive":0}',
      gives: '{"model":"served"}',
    },
    "no name twice": { text: '{"model":"a","model":"b"}', gives: '{"model":"served","model":"served"}' },
  };
  for (const [words, { text, gives }] of Object.entries(cases)) test(words, () => expect(sent(text)).toBe(gives));

  test("every option that reloads is dropped, and no other", () => {
    const options = Object.fromEntries(
      [...reloadingOptions, "temperature", "num_predict", "stop"].map((name) => [name, 1]),
    );
    const body = JSON.parse(sent(JSON.stringify({ model: "a", options }))) as { options: object };
    expect(Object.keys(body.options)).toEqual(["temperature", "num_predict", "stop"]);
  });

  test("tools, images and response formats pass through unchanged", () => {
    const rest =
      '"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:,"}}]}],"tools":[]';
    const chat = openaiRoutes.find(({ path }) => path === "/v1/chat/completions")!;
    const text = `{"model":"a",${rest},"response_format":{"type":"json_schema","json_schema":{"strict":true}}}`;
    expect(sent(text, chat)).toBe(text.replace('"a"', '"served"'));
  });
});

describe("whether a stream is expected", () => {
  test("Ollama streams unless told not to, OpenAI only when told to", () => {
    const stream = (route: typeof generate, text: string) => readInferenceRequest(route, Buffer.from(text)).stream;
    expect(stream(generate, '{"model":"a"}')).toBe(true);
    expect(stream(generate, '{"model":"a","stream":false}')).toBe(false);
    expect(stream(completions, '{"model":"a"}')).toBe(false);
    expect(stream(completions, '{"model":"a","stream":true}')).toBe(true);
    expect(stream(completions, '{"model":"a","stream":null}')).toBe(false);
  });
});

describe("a body is refused", () => {
  const refused: Record<string, [text: string, says: RegExp]> = {
    "options that are a list": ['{"model":"a","options":[1]}', /^options: /],
    "a prompt that is a number": ['{"model":"a","prompt":1}', /^prompt: /],
    "images that are no texts": ['{"model":"a","images":[1]}', /^images\[0\]: /],
    "a model that is empty": ['{"model":""}', /^model: /],
    "a model of a kilobyte": [`{"model":"${"a".repeat(1000)}"}`, /^model: /],
    null: ["null", /must be a JSON object, not null/],
    "a word": ['"model"', /must be a JSON object, not a string/],
  };
  for (const [words, [text, says]] of Object.entries(refused)) {
    test(words, () =>
      expect(() => sent(text)).toThrow(
        expect.objectContaining({ code: "invalid_field", message: expect.stringMatching(says) }),
      ),
    );
  }

  test("and no part of a prompt is in the error of a body that is no JSON", () => {
    let error: unknown;
    try {
      sent('{"prompt":"my secret" oops}');
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: "bad_json", message: expect.not.stringContaining("secret") });
    expect((error as Error).cause).toBeUndefined();
  });
});

describe("the deployment's settings, which Ollama's OpenAI endpoints would overwrite", () => {
  const chat = openaiRoutes.find(({ path }) => path === "/v1/chat/completions")!;
  const parameters = { temperature: 0, topP: 0.5, topK: 3 };
  const cases: Record<string, { text: string; gives: object }> = {
    "hold where the client leaves them open": {
      text: '{"model":"a","messages":[{"role":"user"}]}',
      gives: { temperature: 0, top_p: 0.5 },
    },
    "hold where the client writes null": {
      text: '{"model":"a","temperature":null,"messages":[{"role":"user"}]}',
      gives: { temperature: 0, top_p: 0.5 },
    },
    "give way to what the client wants": {
      text: '{"model":"a","temperature":0.9,"messages":[{"role":"user"}]}',
      gives: { temperature: 0.9, top_p: 0.5 },
    },
  };
  for (const [words, { text, gives }] of Object.entries(cases)) {
    test(words, () => {
      const body = upstreamBody(readInferenceRequest(chat, Buffer.from(text)), "served", chat.defaults?.(parameters));
      const { temperature, top_p } = JSON.parse(body) as Record<string, unknown>;
      expect({ temperature, top_p }).toEqual(gives);
      expect(JSON.parse(body)).not.toHaveProperty("top_k");
    });
  }

  test("nothing is added where the deployment says nothing, nor on Ollama's own endpoints, which keep a model's parameters", () => {
    expect(chat.defaults?.({})).toEqual({});
    expect(ollamaRoutes.filter(({ defaults }) => defaults)).toEqual([]);
  });
});
