/** What was released stays what it was, and is whole. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { sha256OfFile } from "../../../cli/up/state/sha256-of-file.ts";
import { scratchDirectory } from "../../control-plane/scratch.ts";
import { chart } from "../helm.ts";
import { kindsIn, releasedChart, releasedSources, releasedVersions, unpacked } from "./versions.ts";

const here = import.meta.dirname;

test("every archive is the one that was recorded, and none is missing", async () => {
  const archives = readdirSync(here).filter((name) => name.endsWith(".tgz"));
  const sums = await Promise.all(archives.map(async (name) => `${await sha256OfFile(join(here, name))}  ${name}`));
  expect(sums.sort()).toEqual(readFileSync(join(here, "SHA256SUMS"), "utf8").trim().split("\n").sort());
  expect(releasedVersions).toContain("0.1.0");
  const both = releasedVersions.flatMap((version) => [releasedChart(version), releasedSources(version)]);
  expect(archives.map((name) => join(here, name)).sort()).toEqual(both.sort());
});

describe.each(releasedVersions)("%s", (version) => {
  test("chart and sources are of that version", async () => {
    const chart = await unpacked(releasedChart(version));
    const sources = await unpacked(releasedSources(version));
    const json = (name: string) => JSON.parse(readFileSync(join(sources, name), "utf8")) as { version: string };
    expect(parse(readFileSync(join(chart, "commonhold/Chart.yaml"), "utf8"))).toMatchObject({
      version,
      appVersion: version,
    });
    expect([json("package.json").version, json("package-lock.json").version]).toEqual([version, version]);
  });

  test("the sources hold all that their Dockerfile copies, no test, and no place where packages come from", async () => {
    const sources = await unpacked(releasedSources(version));
    const lines = readFileSync(join(sources, "charts/image/Dockerfile"), "utf8").split("\n");
    const copied = lines
      .filter((line) => /^COPY (?!--from)/.test(line))
      .flatMap((line) => line.split(/\s+/).slice(1, -1));
    expect(copied.length).toBeGreaterThan(5);
    expect(copied.filter((path) => !existsSync(join(sources, path)))).toEqual([]);
    const files = readdirSync(sources, { recursive: true }).map(String);
    expect(files.filter((path) => /\.(test|fixture)\.ts$/.test(path))).toEqual([]);
    expect(readFileSync(join(sources, "package-lock.json"), "utf8")).not.toContain('"resolved"');
  });
});

test("0.2.0 adds a field to a kind of 0.1.0", async () => {
  const released = kindsIn(join(await unpacked(releasedChart("0.1.0")), "commonhold"));
  const today = kindsIn(chart);
  const [before, after] = [released, today].map((kinds) =>
    JSON.stringify(kinds["modeldeployments.commonhold.dev/v1alpha1"]),
  );
  expect(before).not.toContain('"pulledFrom"');
  expect(after).toContain('"pulledFrom"');
});

describe("freeze.sh", () => {
  const release = {
    "package.json": '{"version":"9.8.7"}',
    ".dockerignore": "*\n!package.json\n!api\n",
    "charts/image/Dockerfile": "FROM scratch\nCOPY package.json ./\n",
    "charts/commonhold/Chart.yaml": "name: commonhold\n",
    "api/main.ts": "export {};\n",
    "api/main.test.ts": "export {};\n",
    "api/main.fixture.ts": "export {};\n",
    "docs/guide.md": "# A guide\n",
    "test/chart/released/freeze.sh": readFileSync(join(here, "freeze.sh"), "utf8"),
  };

  test("keeps what a commit releases, from the commit and not from the folder, once", async () => {
    const root = repository();
    write(root, { "api/main.ts": "changed after the commit\n" });
    expect(freeze(root)).toMatchObject({ status: 0, stderr: "" });
    const kept = join(root, "test/chart/released");
    const archive = join(kept, "commonhold-9.8.7-source.tgz");
    const sources = await unpacked(archive);
    const files = readdirSync(sources, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ parentPath, name }) => join(parentPath, name).slice(sources.length + 1)).sort()).toEqual([
      ".dockerignore",
      "api/main.ts",
      "charts/image/Dockerfile",
      "package.json",
    ]);
    expect(readFileSync(join(sources, "api/main.ts"), "utf8")).toBe(release["api/main.ts"]);
    const sums = readFileSync(join(kept, "SHA256SUMS"), "utf8");
    expect(sums.trim().split("\n")).toEqual([
      expect.stringMatching(/^[0-9a-f]{64} {2}commonhold-9\.8\.7\.tgz$/),
      `${await sha256OfFile(archive)}  commonhold-9.8.7-source.tgz`,
    ]);

    git(root, "commit", "--quiet", "--all", "-m", "still 9.8.7");
    expect(freeze(root).stderr.match(/was kept before and stays/g)).toHaveLength(2);
    expect(readFileSync(join(kept, "SHA256SUMS"), "utf8")).toBe(sums);
    expect(sums).toContain(await sha256OfFile(archive));
  });

  test("keeps nothing of a chart that could not be packaged", () => {
    const root = repository();
    expect(freeze(root, "exit 3").status).toBe(3);
    expect(readdirSync(join(root, "test/chart/released"))).toEqual(["freeze.sh"]);
  });

  function repository(): string {
    const root = scratchDirectory("freeze");
    write(root, release);
    git(root, "init", "--quiet");
    git(root, "add", ".");
    git(root, "commit", "--quiet", "-m", "9.8.7");
    return root;
  }

  function git(root: string, ...args: readonly string[]): void {
    const person = ["-c", "user.name=x", "-c", "user.email=x@x.invalid", "-c", "commit.gpgSign=false"];
    expect(spawnSync("git", [...person, ...args], { cwd: root, encoding: "utf8" })).toMatchObject({ status: 0 });
  }

  /** `helm package` is played: it copies the chart's description. */
  function freeze(root: string, helmDoes = 'cp "$2/Chart.yaml" "$4/commonhold-9.8.7.tgz"') {
    const helm = join(scratchDirectory("helm"), "helm");
    writeFileSync(helm, `#!/bin/sh\n${helmDoes}\n`, { mode: 0o755 });
    const env = { ...process.env, COMMONHOLD_HELM: helm };
    return spawnSync("bash", [join(root, "test/chart/released/freeze.sh")], { cwd: root, env, encoding: "utf8" });
  }
});

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}
