import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { errorCodes, errorTable, gatewayError } from "./errors.ts";
import { ollamaError } from "./protocols/ollama/error.ts";
import { openaiError } from "./protocols/openai/error.ts";

const page = readFileSync("docs/reference/errors.md", "utf8");

describe("the table of errors", () => {
  test("is the reference page, both ways: no code is missing there, none is there that does not exist", () => {
    const listed = [...page.matchAll(/^\| `(\w+)` \| (.+?) \| `(\w+)` \| (.+) \|$/gm)].map(([, code]) => code);
    expect(listed).toEqual(errorCodes);
    for (const code of errorCodes)
      expect(page).toContain(`| \`${errorTable[code].type}\` | ${errorTable[code].sentence} |`);
  });

  test("has a sentence and a fitting status for each code", () => {
    const types = {
      authentication_error: [401],
      permission_error: [403],
      not_found_error: [404],
      rate_limit_error: [429],
      invalid_request_error: [400, 408, 413, 415, 431],
      server_error: [500, 502, 503, 504],
    };
    for (const code of errorCodes) {
      const { status, type, sentence } = errorTable[code];
      expect(types[type]).toContain(status);
      expect(sentence).toMatch(/^[A-Z{]/);
    }
  });
});

describe("an error", () => {
  const error = gatewayError("model_not_found", { model: "a\u001b[31mb", hint: "Nearest: c." }, { param: "model" });

  test("escapes what came from outside, and cuts what is long", () => {
    expect(error.message).toBe("There is no model a\\x1b[31mb for this key. Nearest: c.");
    expect(gatewayError("malformed_http", { problem: "x".repeat(10_000) }).message.length).toBeLessThan(500);
  });

  test("does not fill a place with what another place brought", () => {
    expect(gatewayError("model_not_found", { model: "{hint}", hint: "x" }).message).toContain("model {hint} for");
  });

  test("looks like OpenAI's under /v1 and like Ollama's under /api", () => {
    expect(openaiError(error)).toEqual({
      error: { message: error.message, type: "not_found_error", param: "model", code: "model_not_found" },
    });
    expect(ollamaError(error)).toEqual({ error: error.message, code: "model_not_found" });
  });
});
