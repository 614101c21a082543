import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { renderEnv, writeEnvFile } from "./env-file.ts";

const directory = mkdtempSync(join(tmpdir(), "commonhold-env-"));
afterAll(() => rmSync(directory, { recursive: true }));

describe("the env file", () => {
  test("holds one NAME=value a line, for this user only, and nothing is left beside it", () => {
    writeEnvFile(directory, { A: "old" });
    const path = writeEnvFile(directory, { KUBECONFIG: "/a/b.yaml", COMMONHOLD_URL: "http://127.0.0.1:1" });
    expect(readFileSync(path, "utf8")).toBe("KUBECONFIG=/a/b.yaml\nCOMMONHOLD_URL=http://127.0.0.1:1\n");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(["env"]);
  });

  const values: Record<string, string> = {
    "a space": "/home/me and you/x",
    "a dollar": "$HOME/x",
    "a backtick and a semicolon": "`id`;id",
    "double quotes": 'a"b',
    "a hash": "a #b",
    nothing: "",
    "letters of other scripts": "/домой/家",
  };
  test.for(Object.entries(values))("a shell that reads it gets back a value with %s", ([, value]) => {
    const path = writeEnvFile(directory, { VALUE: value });
    const read = execFileSync("/bin/sh", ["-c", `. "${path}"; printf %s "$VALUE"`], { encoding: "utf8" });
    expect(read).toBe(value);
  });

  const refused: Record<string, [string, string, string]> = {
    "a value with a single quote, which dotenv and shells read differently": ["A", "o'clock", "--state DIR"],
    "a value with a line end": ["A", "a\nB=c", "control character"],
    "a name with a space": ["A B", "c", "letters, digits and underscores"],
    "a name that begins with a digit": ["1A", "c", "letters, digits and underscores"],
  };
  test.for(Object.entries(refused))("%s is refused", ([, [name, value, words]]) => {
    expect(() => renderEnv({ [name]: value })).toThrow(words);
  });
});
