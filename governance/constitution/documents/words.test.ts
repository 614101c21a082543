import { describe, expect, test } from "vitest";
import { parseDuration, spanOf } from "./duration.ts";
import { compareShares, parseShare, reachesShare, type Share } from "./share.ts";
import { parseSshKey } from "./ssh-key.ts";

describe("a span of time", () => {
  test.each([
    ["0s", 0],
    ["90s", 90_000],
    ["30m", 1_800_000],
    ["72h", 259_200_000],
    ["14d", 1_209_600_000],
  ])("%s", (text, ms) => {
    expect(parseDuration(text)).toEqual({ ms });
  });

  test.each(["", "5", "h", "1.5h", "-1h", "01h", "1 h", "1h30m", "1w", "1H", "9999999999s", "367d", "1e3s"])(
    "not %j",
    (text) => {
      expect(parseDuration(text)).toEqual({ wrong: expect.any(String) });
    },
  );

  test.each([
    [0, "no time"],
    [1, "1 second"],
    [90_000, "1 minute 30 seconds"],
    [86_400_000 + 3_600_000 * 2 + 5, "1 day 2 hours"],
    [-5, "no time"],
  ])("of %d ms is said as %s", (ms, words) => {
    expect(spanOf(ms)).toBe(words);
  });
});

describe("a share", () => {
  test.each([
    ["a majority needs more yes than no", "1/2", 2, 1, true],
    ["a tie is no majority", "1/2", 2, 2, false],
    ["one yes alone is a majority", "1/2", 1, 0, true],
    ["nobody's vote is no majority", "1/2", 0, 0, false],
    ["two thirds exactly are two thirds (PEP 13)", "2/3", 6, 3, true],
    ["one less is not", "2/3", 5, 3, false],
    ["3:1 exactly is enough (Debian)", "3/4", 9, 3, true],
    ["3:1 short of one vote is not", "3/4", 8, 3, false],
    ["unanimity", "1/1", 5, 0, true],
    ["unanimity with one against", "1/1", 99, 1, false],
    ["a third of three thousand, where a float would err", "2/3", 2_000_000_000, 1_000_000_000, true],
  ])("%s", (_, text, yes, no, reached) => {
    expect(reachesShare(yes, no, parseShare(text) as Share)).toBe(reached);
  });

  test.each([
    ["0.5", "is no fraction"],
    ["50%", "is no fraction"],
    ["1/0", "is no fraction"],
    ["4/6", "can be written shorter: 2/3"],
    ["1/3", "a minority would decide"],
    ["3/2", "nobody could reach it"],
    ["1001/1999", "more than 1000"],
  ])("%s is refused", (text, words) => {
    expect(parseShare(text)).toEqual({ wrong: expect.stringContaining(words) });
  });

  test("of two shares the one that asks for more is known without division", () => {
    expect(compareShares({ num: 2, den: 3 }, { num: 3, den: 4 })).toBeLessThan(0);
    expect(compareShares({ num: 999, den: 1000 }, { num: 998, den: 999 })).toBeGreaterThan(0);
  });
});

describe("an SSH key", () => {
  const field = (...parts: (string | Buffer)[]): string =>
    Buffer.concat(
      parts.flatMap((part) => {
        const bytes = Buffer.from(part);
        const length = Buffer.alloc(4);
        length.writeUInt32BE(bytes.length);
        return [length, bytes];
      }),
    ).toString("base64");
  const ed25519 = field("ssh-ed25519", Buffer.alloc(32, 7));

  test("is its type and base64, whatever the comment", () => {
    expect(parseSshKey(`ssh-ed25519 ${ed25519} alice@laptop`)).toEqual({ key: `ssh-ed25519 ${ed25519}` });
    expect(parseSshKey(`ssh-ed25519 ${ed25519}`)).toEqual({ key: `ssh-ed25519 ${ed25519}` });
  });

  test.each([
    ["nothing", "", "is no public SSH key"],
    ["a private key", "-----BEGIN OPENSSH PRIVATE KEY-----", "is no public SSH key"],
    ["options of an authorized_keys line", `command="x" ssh-ed25519 ${ed25519}`, "is no public SSH key"],
    ["two lines", `ssh-ed25519 ${ed25519}\nssh-ed25519 ${ed25519}`, "is no public SSH key"],
    ["DSA", `ssh-dss ${field("ssh-dss", "x")}`, "is of type ssh-dss"],
    ["a type that differs from the one inside", `ssh-rsa ${ed25519}`, "is damaged"],
    ["a key that is cut off", `ssh-ed25519 ${ed25519.slice(0, 20)}`, "is damaged"],
    ["a key that is too short", `ssh-ed25519 ${field("ssh-ed25519", Buffer.alloc(31))}`, "has 32 bytes"],
    ["a second field of a key", `ssh-ed25519 ${field("ssh-ed25519", Buffer.alloc(32), "x")}`, "has 32 bytes"],
    [
      "a weak RSA key",
      `ssh-rsa ${field("ssh-rsa", "\u0001", Buffer.alloc(128, 255))}`,
      "has 1024 bits, 2048 are the least",
    ],
  ])("not %s", (_, text, words) => {
    expect(parseSshKey(text)).toEqual({ wrong: expect.stringContaining(words) });
  });
});
