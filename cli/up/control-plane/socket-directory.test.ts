import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { socketDirectory } from "./socket-directory.ts";

const long = join(mkdtempSync(join(tmpdir(), "commonhold-long-")), "x".repeat(120));
const far = socketDirectory(long);

describe("the folder of the sockets", () => {
  afterEach(() => rmSync(far, { recursive: true, force: true }));

  test("lies beside the data when that path is short", () => {
    expect(socketDirectory("/home/me/clone/.commonhold/control-plane")).toBe(
      "/home/me/clone/.commonhold/control-plane/run",
    );
  });

  test("is a short private one, always the same, when the path would not fit a socket's address", () => {
    expect(socketDirectory(long)).toBe(far);
    expect(Buffer.byteLength(join(far, "etcd.sock"))).toBeLessThan(104);
    expect(statSync(far).mode & 0o777).toBe(0o700);
    expect(socketDirectory(`${long}y`)).not.toBe(far);
    rmSync(socketDirectory(`${long}y`), { recursive: true });
  });

  test("that others could write to is refused", () => {
    socketDirectory(long);
    chmodSync(far, 0o777);
    expect(() => socketDirectory(long)).toThrow("open to others: remove it, or use a shorter --state DIR");
  });
});
