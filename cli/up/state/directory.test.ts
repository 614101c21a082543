import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openStateDirectory } from "./directory.ts";
import { keptSigningKey, keptToken } from "./secrets.ts";

const root = mkdtempSync(join(tmpdir(), "commonhold-state-"));
afterAll(() => rmSync(root, { recursive: true }));

describe("the state directory", () => {
  test("is made with its rooms, open to this user only", () => {
    const state = openStateDirectory(join(root, "a", "b"));
    for (const room of [state.path, state.controlPlane, state.ollama, state.logs, state.secrets]) {
      expect([room, statSync(room).mode & 0o777]).toEqual([room, 0o700]);
    }
  });

  test("that cannot be made is refused with its path and the way out", () => {
    writeFileSync(join(root, "file"), "");
    const wanted = join(root, "file", "state");
    expect(() => openStateDirectory(wanted)).toThrow(`${wanted} cannot be used: choose another one with --state DIR`);
  });

  test("below a folder that takes no new entries is refused at once", () => {
    symlinkSync(join(root, "nowhere"), join(root, "broken"));
    expect(() => openStateDirectory(join(root, "broken", "state"))).toThrow("choose another one with --state DIR");
  });

  test.each(["it's", "a\nb"])("whose path no env file can hold is refused before anything is made: %j", (name) => {
    expect(() => openStateDirectory(join(root, name))).toThrow("a quote or a control character in its path");
    expect(existsSync(join(root, name))).toBe(false);
  });
});

describe("a secret", () => {
  test("is made once, kept over restarts and private", () => {
    const first = keptToken(root, "key");
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(keptToken(root, "key")).toBe(first);
    expect(keptToken(root, "other")).not.toBe(first);
    expect(statSync(join(root, "key")).mode & 0o777).toBe(0o600);
  });

  test("signing keys are PEM files of their own", () => {
    const path = keptSigningKey(root, "signing.key");
    expect(readFileSync(path, "utf8")).toMatch(/^-----BEGIN EC PRIVATE KEY-----/);
    expect(keptSigningKey(root, "signing.key")).toBe(path);
  });
});
