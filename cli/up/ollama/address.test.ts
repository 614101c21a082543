import { describe, expect, test } from "vitest";
import { ollamaUrl } from "./address.ts";

describe("the URL that OLLAMA_HOST means to a client", () => {
  const read: Record<string, [string, string]> = {
    "a host alone gets Ollama's port": ["gpu.lan", "http://gpu.lan:11434"],
    "a host and a port": ["127.0.0.1:4000", "http://127.0.0.1:4000"],
    "a port alone": [":4000", "http://127.0.0.1:4000"],
    "all addresses are reached over the loopback": ["0.0.0.0:4000", "http://127.0.0.1:4000"],
    "all IPv6 addresses too": ["[::]:4000", "http://[::1]:4000"],
    "a bare IPv6 address": ["::1", "http://[::1]:11434"],
    "with a scheme the scheme's port counts": ["https://gpu.lan", "https://gpu.lan"],
    "a URL": ["http://gpu.lan:80/", "http://gpu.lan"],
    "quotes and spaces around it": [' "gpu.lan:1" ', "http://gpu.lan:1"],
  };
  test.for(Object.entries(read))("%s", ([, [text, url]]) => {
    expect(ollamaUrl(text)).toBe(url);
  });

  const refused: Record<string, string | undefined> = {
    "nothing set": undefined,
    "an empty value": "  ",
    "a port that is none": "gpu.lan:port",
    "a port out of range": "gpu.lan:70000",
    "a user name": "http://me:secret@gpu.lan",
    "spaces inside": "gpu lan",
  };
  test.for(Object.entries(refused))("%s names no server", ([, text]) => {
    expect(ollamaUrl(text)).toBeUndefined();
  });
});
