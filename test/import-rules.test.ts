/**
 * The rooms of `docs/architecture.md`, held: who may import whom, and which calls belong to one file only. A failure names
 * the file, what it did and what to take instead.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..");

/** Small pure rooms that api and governance may use beside `apis` and `kube`. */
const pureRooms = ["operator/clock", "operator/text", "operator/addresses", "operator/settings", "operator/tlog"];

/** For every room: the rooms that it may import besides itself. The first prefix that matches a file is its room. */
const rooms: [room: string, may: readonly string[]][] = [
  ["operator/clock", []],
  ["operator/text", []],
  ["operator/addresses", ["operator/clock", "operator/text"]],
  ["operator/settings", []],
  ["operator/tlog", ["operator/clock", "operator/text", "operator/addresses", "operator/settings"]],
  ["operator/apis", []],
  ["operator/kube", pureRooms],
  ["operator/models", ["operator/apis", ...pureRooms]],
  ["operator/engines", ["operator/apis", ...pureRooms]],
  ["operator/placement", ["operator/apis", "operator/models", ...pureRooms]],
  [
    "operator/hosts",
    ["operator/apis", "operator/kube", "operator/models", "operator/engines", "operator/placement", ...pureRooms],
  ],
  ["operator", ["operator"]],
  ["api", ["operator/apis", "operator/kube", ...pureRooms]],
  // What a proposal would do to machines is said by the operator's own pure planner.
  ["governance", ["operator/apis", "operator/kube", "operator/placement", "operator/models", ...pureRooms]],
  ["cli", ["operator", "api", "governance"]],
];

const bans: { pattern: RegExp; what: string; instead: string; allowed: (file: string) => boolean }[] = [
  {
    pattern: /\bDate\.now\s*\(|\bnew Date\(\s*\)|\bperformance\.now\s*\(/,
    what: "reads the wall clock",
    instead: "take a Clock (operator/clock/clock.ts) and call now()",
    allowed: (file) => file === "operator/clock/system.ts" || outermost(file),
  },
  {
    pattern: /\bset(?:Timeout|Interval)\s*\(|from "node:timers/,
    what: "sets a timer",
    instead: "take a Clock (operator/clock/clock.ts) and call after() or sleep()",
    allowed: (file) => file === "operator/clock/system.ts" || outermost(file),
  },
  {
    pattern: /\bMath\.random\s*\(/,
    what: "rolls dice",
    instead: "take a Random (operator/clock/system.ts)",
    allowed: (file) => file === "operator/clock/system.ts",
  },
  {
    pattern: /\bprocess\.env\b/,
    what: "reads the environment",
    instead: "take the value as an argument; only main.ts and cli/ read the environment",
    allowed: outermost,
  },
];

/** Fixtures stand beside what they are for, but only tests run them. */
function outermost(file: string): boolean {
  return file.endsWith("/main.ts") || file.startsWith("cli/") || file.endsWith(".fixture.ts");
}

describe("rooms", () => {
  for (const file of sources()) {
    const text = readFileSync(join(root, file), "utf8");
    test(`${file} imports only what its room may, and takes time, chance and environment as arguments`, () => {
      expect([...forbiddenImports(file, text), ...bannedCalls(file, text)]).toEqual([]);
    });
  }
});

describe("the rules themselves", () => {
  test("an import upward is found", () => {
    expect(forbiddenImports("operator/kube/client.ts", 'import { x } from "../deployments/plan.ts";')).toEqual([
      "operator/kube/client.ts imports operator/deployments/plan.ts: operator/kube may import only operator/clock, operator/text, operator/addresses, operator/settings, operator/tlog",
    ]);
  });
  test("api does not import governance, not even dynamically", () => {
    expect(forbiddenImports("api/server.ts", 'await import("../governance/main.ts")')).toHaveLength(1);
  });
  test("a call of the wall clock is found, with what to take instead", () => {
    expect(bannedCalls("api/server.ts", "const at = Date.now();")).toEqual([
      "api/server.ts reads the wall clock: take a Clock (operator/clock/clock.ts) and call now()",
    ]);
  });
  test("a ban in a comment is no ban", () => {
    expect(withoutComments("// Date.now()\n/* setTimeout( */ const url = 'http://x';")).not.toMatch(/Date|setTimeout/);
  });
  test("no file is named for nothing", () => {
    const vague = sources().filter((file) => /(^|\/)(utils?|helpers?|shared|common|misc)(\/|\.ts$)/.test(file));
    expect(vague).toEqual([]);
  });
});

function forbiddenImports(file: string, text: string): string[] {
  const [room, may] = roomOf(file);
  const allowed = [room, ...may];
  return importedFiles(file, text)
    .filter((target) => !allowed.some((prefix) => target.startsWith(`${prefix}/`)))
    .map((target) => `${file} imports ${target}: ${room} may import only ${may.join(", ") || "nothing of ours"}`);
}

function bannedCalls(file: string, text: string): string[] {
  const code = withoutComments(text);
  const found = bans.filter((ban) => !ban.allowed(file) && ban.pattern.test(code));
  return found.map((ban) => `${file} ${ban.what}: ${ban.instead}`);
}

function roomOf(file: string): [string, readonly string[]] {
  const found = rooms.find(([room]) => file.startsWith(`${room}/`));
  if (!found) throw new Error(`${file} is in no room: add it to test/import-rules.test.ts`);
  return found;
}

function importedFiles(file: string, text: string): string[] {
  const specifiers = [...withoutComments(text).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.[^"]+)"/g)].map(
    (match) => match[1]!,
  );
  return specifiers.map((specifier) => relative(root, join(root, dirname(file), specifier)));
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[\s;,{(])\/\/.*$/gm, "$1");
}

/** Every source file of the product; tests may import anything. */
function sources(): string[] {
  return ["operator", "api", "governance", "cli"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .map((name) => `${folder}/${name}`)
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts")),
  );
}
