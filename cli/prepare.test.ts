import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";

const locked = {
  packages: {
    "": { name: "x" },
    "node_modules/a": { version: "1.0.0" },
    "node_modules/a/node_modules/deep": { version: "2.0.0" },
    "node_modules/for-another-platform": { version: "1.0.0", optional: true },
  },
};
const { "node_modules/for-another-platform": _, ...installed } = locked.packages;

/** A clone in which npm and the compiler only note that they were called. */
function clone() {
  const root = mkdtempSync(join(tmpdir(), "commonhold-prepare-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const room of ["operator", "api", "governance"]) write(`${room}/a.ts`, "");
  mkdirSync(join(root, "cli"));
  copyFileSync(join(import.meta.dirname, "prepare.mjs"), join(root, "cli/prepare.mjs"));
  write("package-lock.json", JSON.stringify(locked));
  write("calls", "");
  const compiler =
    'require("fs").appendFileSync("calls", "tsc "); process.exit(require("fs").existsSync("broken") ? 2 : 0)';
  const hidden = JSON.stringify({ packages: installed });
  const noted = `mkdir -p dist node_modules/typescript/bin; echo '${compiler}' > node_modules/typescript/bin/tsc`;
  const npm = `printf 'npm '"$1"' ' >> calls; [ -e offline ] && exit 1; ${noted}; echo '${hidden}' > node_modules/.package-lock.json`;
  write("bin/npm", `#!/bin/sh\n${npm}\n`);
  chmodSync(join(root, "bin/npm"), 0o755);
  const prepare = () => {
    write("calls", "");
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module", "-e", 'import { prepare } from "./cli/prepare.mjs"; prepare();'],
      { cwd: root, encoding: "utf8", env: { PATH: `${join(root, "bin")}:/usr/bin:/bin` } },
    );
    return { status, stdout, stderr, calls: readFileSync(join(root, "calls"), "utf8").trim() };
  };
  const touch = (path: string): void => {
    const later = new Date(Date.now() + 10_000);
    utimesSync(join(root, path), later, later);
  };
  return { write, prepare, touch, remove: (path: string) => rmSync(join(root, path)) };
}

/** A clone that was prepared once. */
function prepared() {
  const made = clone();
  expect(made.prepare()).toMatchObject({ status: 0, calls: "npm ci tsc" });
  return made;
}

describe("before anything else runs", () => {
  test("a fresh clone is installed and compiled, and a second start does neither", () => {
    const { prepare } = prepared();
    expect(prepare()).toEqual({ status: 0, stdout: "", stderr: "", calls: "" });
  });

  test("a source that is newer, as after git pull, is compiled", () => {
    const { prepare, touch } = prepared();
    touch("operator/a.ts");
    expect(prepare().calls).toBe("tsc");
  });

  test("another version of a dependency's dependency, as after git pull, is installed", () => {
    const { prepare, write } = prepared();
    const packages = { ...locked.packages, "node_modules/a/node_modules/deep": { version: "2.0.1" } };
    write("package-lock.json", JSON.stringify({ packages }));
    expect(prepare()).toMatchObject({ status: 0, stderr: expect.stringContaining("1 missing or old") });
  });

  test("an installation that was broken off is done again", () => {
    const { prepare, remove } = prepared();
    remove("node_modules/.package-lock.json");
    expect(prepare().calls).toBe("npm ci");
  });

  test("what was installed as a package, with no lock file, is left alone", () => {
    const { prepare, remove } = clone();
    remove("package-lock.json");
    expect(prepare()).toEqual({ status: 0, stdout: "", stderr: "", calls: "" });
  });
});

describe("what cannot be prepared", () => {
  test("an installation that fails says what to check, on stderr, and ends with 1", () => {
    const { prepare, write } = clone();
    write("offline", "");
    const { status, stdout, stderr } = prepare();
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toContain("check that the npm registry can be reached (npm ping)");
  });

  test("a machine without npm is told so", () => {
    const { prepare, remove } = clone();
    remove("bin/npm");
    expect(prepare()).toMatchObject({ status: 1, stderr: expect.stringContaining("npm") });
  });

  test("sources that do not compile end with 1, and are compiled again the next time", () => {
    const { prepare, write, remove } = clone();
    write("broken", "");
    expect(prepare()).toMatchObject({ status: 1, stderr: expect.stringContaining("do not compile") });
    remove("broken");
    expect(prepare()).toMatchObject({ status: 0, calls: "tsc" });
  });
});
