import { describe, expect, test } from "vitest";
import { fetchableUrl, headersAfterRedirect, redirectTarget } from "./url-rules.ts";

describe("a URL to follow", () => {
  test.each([
    ["another scheme", "file:///etc/passwd", "file: URLs are not fetched"],
    ["ftp", "ftp://example.org/a", "ftp: URLs are not fetched"],
    ["inline data", "data:text/plain,hi", "data: URLs are not fetched"],
    ["a user name", "https://me@example.org/a", "user name or password"],
    ["a password", "https://me:secret@example.org/a", "leave them out"],
    ["no URL at all", "example.org/model.gguf", "is not a URL"],
    ["a line break in the host", "https://exa mple.org/", "is not a URL"],
    ["one far too long", `https://example.org/${"a".repeat(9000)}`, "8192 are the most"],
  ])("is not %s", (_, url, words) => {
    expect(() => fetchableUrl(url)).toThrow(words);
  });

  test("a password in it never shows in the refusal", () => {
    expect(() => fetchableUrl("https://me:secret@example.org/a")).not.toThrow("secret");
  });

  test("what cannot be read is shown without control characters", () => {
    expect(() => fetchableUrl("\u001b[31m://")).toThrow('"?[31m://"');
  });

  test("loses its fragment", () => {
    expect(fetchableUrl("https://example.org/a#b").href).toBe("https://example.org/a");
  });
});

describe("a redirect", () => {
  const from = new URL("https://registry.example.org/v2/a");

  test.each([
    ["to a path of the same server", "/blob?x=1", "https://registry.example.org/blob?x=1"],
    ["relative to the path", "b", "https://registry.example.org/v2/b"],
    ["to another server", "https://cdn.example.net/x", "https://cdn.example.net/x"],
    ["with the scheme left out", "//cdn.example.net/x", "https://cdn.example.net/x"],
  ])("is followed %s", (_, location, target) => {
    expect(redirectTarget(from, location).href).toBe(target);
  });

  test.each([
    ["without a target", undefined, "without saying where to"],
    ["from https to http", "http://cdn.example.net/x", "from https to plain http"],
    ["to a file", "file:///etc/passwd", "file: URLs are not fetched"],
    ["to a URL with a password", "https://a:b@example.org/", "user name or password"],
    ["to no URL", "https://", "is not a URL"],
  ])("is refused %s", (_, location, words) => {
    expect(() => redirectTarget(from, location)).toThrow(words);
  });

  test("an upgrade from http to https is followed", () => {
    expect(redirectTarget(new URL("http://127.0.0.1/a"), "https://example.org/a").protocol).toBe("https:");
  });

  test("leaves credentials behind when it leads to another origin, another port included", () => {
    const headers = { authorization: "Bearer x", Cookie: "a=b", "x-api-key": "k", Range: "bytes=0-", accept: "*/*" };
    const left = { Range: "bytes=0-", accept: "*/*" };
    expect(headersAfterRedirect(from, new URL("https://cdn.example.net/x"), headers)).toEqual(left);
    expect(headersAfterRedirect(from, new URL("https://registry.example.org:8443/x"), headers)).toEqual(left);
    expect(headersAfterRedirect(from, new URL("https://registry.example.org/x"), headers)).toEqual(headers);
  });
});
