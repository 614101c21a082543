import { describe, expect, test } from "vitest";
import {
  isConflict,
  isForbidden,
  isGone,
  isInvalid,
  isNotFound,
  isTerminal,
  isTooManyRequests,
  isTransient,
  isUnauthorized,
  isVersionTooLarge,
  KubeError,
} from "./errors.ts";
import { errorOfRefusal, retryAfterMs } from "./status-body.ts";

function refused(status: number, body?: unknown): KubeError {
  return errorOfRefusal({ what: "GET /api/v1/pods", status, body });
}

describe("a refusal becomes an error", () => {
  test("its message is the verb, the path and what the server said", () => {
    const error = refused(404, { kind: "Status", message: 'pods "a" not found', reason: "NotFound" });
    expect(error).toMatchObject({ message: 'GET /api/v1/pods: pods "a" not found', status: 404, reason: "NotFound" });
  });

  test.each([
    ["no body", undefined],
    ["text", "<html>secret-token</html>"],
    ["an object that is no Status", { message: "secret-token", kind: "Pod" }],
    ["a list", ["secret-token"]],
  ])("a body that is no Status is not quoted: %s", (_, body) => {
    const error = refused(502, body);
    expect(error.message).toBe("GET /api/v1/pods: Bad Gateway");
    expect(JSON.stringify(error)).not.toContain("secret");
  });

  test("control characters of the server's words cannot reach a terminal or split a log line", () => {
    const error = refused(400, { kind: "Status", message: "a\u001b[2Jb\nINFO forged", reason: "Bad\nRequest" });
    expect(error.message).toBe("GET /api/v1/pods: a\\x1b[2Jb\\nINFO forged");
    expect(error.reason).toBe("Bad\\nRequest");
  });

  test("endless words are cut", () => {
    expect(refused(400, { kind: "Status", message: "x".repeat(1e6) }).message.length).toBeLessThan(5_000);
  });

  test("which field was refused and why is kept, of any number of causes a bounded one", () => {
    const cause = { reason: "FieldValueInvalid", message: "must be positive", field: "spec.replicas" };
    const many = Array.from({ length: 500 }, () => cause);
    const error = refused(422, { kind: "Status", details: { causes: [{ ...cause, secret: 1 }, "odd", ...many] } });
    expect(error.causes[0]).toEqual(cause);
    expect(error.causes.length).toBeLessThan(100);
  });

  test("the wait that the Status asks for counts when there is no header", () => {
    expect(refused(429, { kind: "Status", details: { retryAfterSeconds: 3 } }).retryAfterMs).toBe(3_000);
  });
});

describe("what kind of error it is", () => {
  const tooLarge = { kind: "Status", details: { causes: [{ reason: "ResourceVersionTooLarge" }] } };
  test.each<[string, KubeError, Record<string, boolean>]>([
    ["400", refused(400), { terminal: true, transient: false }],
    ["401", refused(401), { terminal: false, transient: false, unauthorized: true }],
    ["403", refused(403), { terminal: false, transient: false, forbidden: true }],
    ["404", refused(404), { terminal: false, transient: false, notFound: true }],
    ["409", refused(409), { terminal: false, transient: false, conflict: true }],
    ["410", refused(410), { terminal: false, transient: false, gone: true }],
    ["422", refused(422), { terminal: true, transient: false, invalid: true }],
    ["429", refused(429), { terminal: false, transient: true, tooMany: true }],
    ["500", refused(500), { terminal: false, transient: true }],
    ["504 with a version from the future", refused(504, tooLarge), { transient: true, tooLarge: true }],
    ["no answer", new KubeError("x", { reason: "Timeout" }), { terminal: false, transient: true }],
  ])("%s", (_, error, expected) => {
    const kinds = {
      terminal: isTerminal(error),
      transient: isTransient(error),
      unauthorized: isUnauthorized(error),
      forbidden: isForbidden(error),
      notFound: isNotFound(error),
      conflict: isConflict(error),
      gone: isGone(error),
      invalid: isInvalid(error),
      tooMany: isTooManyRequests(error),
      tooLarge: isVersionTooLarge(error),
    };
    for (const [kind, value] of Object.entries(kinds)) {
      expect([kind, value]).toEqual([
        kind,
        expected[kind] ?? (kind === "terminal" || kind === "transient" ? value : false),
      ]);
    }
  });
});

describe("Retry-After", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  test.each([
    ["seconds", "7", 7_000],
    ["none", undefined, undefined],
    ["a date to come", "Thu, 01 Jan 2026 00:00:10 GMT", 10_000],
    ["a date gone by", "Wed, 31 Dec 2025 00:00:00 GMT", 0],
    ["words", "soon", undefined],
    ["a negative number is no wait in the past", "-5", undefined],
    ["more digits than time has", "99999999999999", undefined],
  ])("%s", (_, header, ms) => {
    const waited = retryAfterMs(header, now);
    if (header?.startsWith("-")) expect(waited ?? 0).toBe(0);
    else expect(waited).toBe(ms);
  });
});
