/** What kind and Docker are asked for a cluster, both of them played: no engine is needed to see that nothing stays behind. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { startKind } from "./cluster.ts";
import { dockerImages } from "./docker-images.ts";
import { type Answers, play } from "./played.fixture.ts";

const name = `commonhold-${process.pid}`;
const nodeName = `${name}-control-plane`;
const image = "localhost/thing:test";

function played({ docker = {}, kind = {} }: { docker?: Answers; kind?: Answers }) {
  const programs = play({ docker, kind: { version: "echo kind v0.32.0 go1.26 linux/amd64", ...kind } });
  vi.stubEnv("PATH", programs.env.PATH);
  vi.stubEnv("COMMONHOLD_KIND", join(programs.bin, "kind"));
  return programs;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

test("a cluster is made, given images and taken away again", async () => {
  const { asked } = played({ docker: { "inspect*": "echo 172.18.0.1", "exec*": "echo said" } });
  const cluster = await startKind();
  expect(cluster).toMatchObject({ nodeName, machineAddress: "172.18.0.1" });
  const archive = join(scratchDirectory("archive"), "image.tar");
  writeFileSync(archive, "");
  await cluster.importImages(archive);
  expect(existsSync(archive)).toBe(false);
  expect(cluster.onNode(join(tmpdir(), "x/y"))).toBe("/var/commonhold-tests/x/y");
  expect(await cluster.ctr(["version"])).toBe("said\n");
  await cluster.stop();
  expect(asked().filter((line) => !/^kind version/.test(line))).toEqual([
    `kind create cluster --name=${name} --config=- --wait=180s`,
    `docker inspect --format={{range .NetworkSettings.Networks}}{{.Gateway}}{{end}} ${nodeName}`,
    `kind load image-archive ${archive} --name=${name}`,
    `docker exec ${nodeName} ctr --namespace=k8s.io version`,
    expect.stringMatching(`^kind delete cluster --name=${name} --kubeconfig=/`),
  ]);
});

test("a cluster that could not be made is taken away, what kind said is told, and its logs stay where somebody wants them", async () => {
  const { asked } = played({ kind: { "create*": "echo the node did not start >&2; exit 1" } });
  const kept = scratchDirectory("kept");
  vi.stubEnv("COMMONHOLD_NODE_LOGS", kept);
  await expect(startKind()).rejects.toThrow("the node did not start");
  expect(asked()).toContain(`kind export logs ${kept} --name=${name}`);
  expect(asked().at(-1)).toContain(`kind delete cluster --name=${name} `);
});

test("an image is built from its own folder, without an attestation, and saved under the name that is wanted", async () => {
  const program = join(scratchDirectory("program"), "thing");
  writeFileSync(program, "");
  const { asked } = played({ docker: { "build*": 'for folder do :; done; ls "$folder" >> "$HOME/listed"' } });
  const home = scratchDirectory("home");
  vi.stubEnv("HOME", home);
  await dockerImages.buildFrom(image, "FROM scratch\nCOPY thing /thing\n", { thing: program });
  expect(readFileSync(join(home, "listed"), "utf8")).toBe("Dockerfile\nthing\n");
  const path = await dockerImages.archiveOf(image, "localhost/thing:next");
  expect(asked()).toEqual([
    expect.stringMatching(`^docker build --quiet --provenance=false --tag=${image} /`),
    `docker tag ${image} localhost/thing:next`,
    `docker save --output=${path} localhost/thing:next`,
  ]);
});

test("an image of another version is built from that version's own sources, by its own Dockerfile, under its own name", async () => {
  const { asked } = played({});
  await dockerImages.buildProduct({ folder: "/sources", version: "9.8.7" });
  const product = "--tag=ghcr.io/commonhold/commonhold:9.8.7 --file=/sources/charts/image/Dockerfile /sources";
  expect(asked()).toEqual([`docker build --quiet --provenance=false --build-arg=VERSION=9.8.7 ${product}`]);
});
