import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { writeEnvFile } from "../state/env-file.ts";
import { writeAtomically } from "../state/write.ts";
import { guide } from "./guide.ts";

/** Programs that print how they were called, in a folder with that name. */
function world(folder: string) {
  const root = mkdtempSync(join(tmpdir(), "commonhold-guide-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const path = join(root, folder);
  const program = join(path, "program");
  writeAtomically(program, '#!/bin/sh\nprintf "%s|" "$HOME" "$OLLAMA_HOST" "$KUBECONFIG" "$@"\n');
  execFileSync("chmod", ["+x", program]);
  const url = "http://127.0.0.1:11435";
  const envPath = writeEnvFile(path, {
    KUBECONFIG: join(path, "admin.yaml"),
    COMMONHOLD_API_KEY: "ch_1_2",
    COMMONHOLD_POLICY: join(path, "policy.git"),
  });
  const facts = { url, key: "ch_1_2", model: "smollm2", envPath, kubectl: program };
  const more = { ollamaCommand: { program, home: path }, commonhold: join(path, "cli.mjs") };
  const lines = guide({ ...facts, ...more }).map(stripVTControlCharacters);
  const line = (holding: string): string => {
    const found = lines.findIndex((text) => text.includes(holding));
    const next = lines[found]?.endsWith("\\") ? `\n${lines[found + 1]}` : "";
    return `${lines[found]}${next}`;
  };
  const shell = (command: string): string =>
    execFileSync("/bin/sh", ["-c", command], { encoding: "utf8", env: { PATH: "/usr/bin:/bin", HOME: "/nobody" } });
  return { path, url, line, shell };
}

test.each(["plain", "with a space", "with $dollar and `tick`"])(
  "every line can be copied as it stands, in a folder %s",
  (folder) => {
    const { path, url, line, shell } = world(folder);
    const settings = line("set -a");
    expect(shell(`${settings}\n${line("get md -w")}`)).toBe(
      `/nobody||${join(path, "admin.yaml")}|-n|community|get|md|-w|`,
    );
    expect(shell(line("OLLAMA_AUTH=1"))).toBe(`${path}|${url}||run|smollm2|`);
    const git = 'git() { printf "%s|" "$@"; }; cd() { printf "in %s|" "$1"; }; vi() { printf "edit %s|" "$1"; }';
    expect(shell(`${git}\n${settings}\n${line("git clone")}`)).toBe(
      `clone|${join(path, "policy.git")}|policy|in policy|edit models/smollm2.yaml|`,
    );
    expect(shell(`node() { printf "%s|" "$@"; }\n${line("propose -m")}`)).toBe(
      `${join(path, "cli.mjs")}|propose|-m|another context|`,
    );
    const curl = shell(`curl() { printf "%s|" "$@"; }\n${settings}\n${line("curl ")}`);
    expect(curl).toContain(`${url}/v1/chat/completions|-H|Authorization: Bearer ch_1_2|`);
    expect(JSON.parse(curl.split("|").at(-2) ?? "")).toMatchObject({ model: "smollm2" });
  },
);
