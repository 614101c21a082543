import { expect, test } from "vitest";
import type { Member } from "../../operator/apis/member.ts";
import { keyTable } from "./key-table.ts";

const now = Date.parse("2026-11-28T10:00:00Z");

function member(name: string, keys: readonly object[] | undefined, more: object = {}): Member {
  return { metadata: { name }, spec: { roles: ["member"], suspended: false, keys, ...more } } as unknown as Member;
}

function key(id: string, more: object = {}): object {
  return { id, prefix: `ch_${id.padEnd(8, "0")}`, sha256: "5".repeat(64), scopes: ["inference", "models"], ...more };
}

test("one line for each key, in columns, with what has expired said to be over", () => {
  const members = [
    member("ada", [
      key("laptop", { createdAt: "2026-01-02T03:04:05Z" }),
      key("old", { expiresAt: "2026-11-28T10:00:00Z" }),
      key("new", { expiresAt: "2026-11-28T10:00:01Z", deployments: ["community/mind"] }),
    ]),
    member("bob", undefined),
    member("carol", [key("phone", { expiresAt: "soon" })], { suspended: true }),
  ];
  expect(keyTable(members, now)).toEqual([
    "MEMBER  NAME    BEGINS       MADE                  EXPIRES                      FOR",
    "ada     laptop  ch_laptop00  2026-01-02T03:04:05Z  never                        inference,models",
    "ada     old     ch_old00000  -                     2026-11-28T10:00:00Z (over)  inference,models",
    "ada     new     ch_new00000  -                     2026-11-28T10:00:01Z         inference,models community/mind",
    "carol   phone   ch_phone000  -                     soon (over)                  inference,models (suspended)",
  ]);
});

test("no hash is in it", () => {
  expect(keyTable([member("ada", [key("laptop")])], now).join()).not.toContain("5555");
});

test("what a name holds besides letters does nothing to a terminal", () => {
  expect(keyTable([member("ada", [key("lap\u001b[2Jtop")])], now).join()).not.toContain("\u001b");
});
