/** A bundle of a real API server, with another secret in every place where one may stand: none of them may be in it. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { extract } from "tar";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemNamespace } from "../../operator/apis/group.ts";
import { type Member, members } from "../../operator/apis/member.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { secrets } from "../../operator/kube/builtin-types.ts";
import { scratchDirectory } from "../../test/control-plane/scratch.ts";
import { startTestControlPlane } from "../../test/control-plane/test.ts";
import { openCluster } from "../backup/cluster.ts";
import { installManifests } from "../up/community/manifests.ts";
import { takeSupportBundle } from "./take.ts";

const folder = scratchDirectory("support");
const state = join(folder, "state");
const unpacked = join(folder, "unpacked");
const file = join(folder, "bundle.tar.gz");
const around = {
  env: { PATH: "/nowhere" },
  cwd: folder,
  clock: systemClock,
  signal: new AbortController().signal,
  say: () => undefined,
};
const keyHash = "5eed".repeat(16);
const planted: Record<string, string> = {
  "a Secret": "planted-in-a-secret",
  "the bearer token of a host": "planted+bearer/of~host",
  "a key hash": keyHash,
  "a variable of a Deployment": "planted-in-a-variable",
  "a URL": "planted-in-a-url",
  "a key of the community": "planted-in-the-community",
  "a log line": "planted-in-a-log-line",
};
const said = (what: string): string => planted[what] as string;
let plane: Awaited<ReturnType<typeof startTestControlPlane>>;
let text = "";

beforeAll(async () => {
  plane = await startTestControlPlane();
  const cluster = openCluster(plane.adminKubeconfigPath, around);
  await installManifests(cluster.client, join(import.meta.dirname, "../.."), systemClock, around.signal);
  for (const [name, what] of [
    ["some", "a Secret"],
    ["host", "the bearer token of a host"],
  ] as const) {
    const metadata = { name, namespace: systemNamespace };
    await cluster.client.create(secrets, { metadata, stringData: { token: said(what) } });
  }
  const keys = [{ id: "laptop", prefix: "ch_abcdefgh", sha256: keyHash }];
  const alice = { metadata: { name: "alice" }, spec: { displayName: "Alice", keys } } as never;
  await cluster.client.apply<Member>(members, alice, { fieldManager: "test" });
  const env = [
    { name: "SOME_PASSWORD", value: said("a variable of a Deployment") },
    { name: "COMMONHOLD_POLICY", value: `https://me:${said("a URL")}@forge.example/policy.git` },
  ];
  const labels = { app: "gateway" };
  const template = { metadata: { labels }, spec: { containers: [{ name: "gateway", image: "gateway", env }] } };
  const deployments = { group: "apps", version: "v1", kind: "Deployment", plural: "deployments", namespaced: true };
  const metadata = { name: "gateway", namespace: systemNamespace };
  await cluster.client.create(deployments, {
    metadata,
    spec: { selector: { matchLabels: labels }, template },
  } as never);
  await cluster.close();
  planted["the kubeconfig"] = /token: "?([^"\s]+)/.exec(readFileSync(plane.adminKubeconfigPath, "utf8"))?.[1] ?? "";
  mkdirSync(join(state, "secrets"), { recursive: true });
  mkdirSync(join(state, "logs"));
  writeFileSync(join(state, "secrets/api-key"), `${said("a key of the community")}\n`);
  // Nobody is told these two: they are found by their shape.
  const known = Object.entries(planted).filter(([place]) => place !== "a URL" && place !== "a log line");
  const lines = known.flatMap(([, one]) => [`saw ${one} here`, Buffer.from(`user:${one}`).toString("base64")]);
  const unknown = `Authorization: Bearer ${said("a log line")}`;
  writeFileSync(join(state, "logs/gateway.log"), ["it began", ...lines, unknown, ""].join("\n"));
  const told = { to: file, state, kubeconfig: plane.adminKubeconfigPath, namespace: systemNamespace, version: "0.1.0" };
  await takeSupportBundle({ ...told, doctor: async (to) => to.write("all is well\n") }, around);
  mkdirSync(unpacked);
  await extract({ file, cwd: unpacked });
  const names = readdirSync(unpacked, { recursive: true, encoding: "utf8" }).map((name) => join(unpacked, name));
  text = names
    .filter((name) => statSync(name).isFile())
    .map((name) => readFileSync(name, "utf8"))
    .join("\n");
});
afterAll(async () => {
  await plane?.discard();
  rmSync(folder, { recursive: true, force: true });
});

test("no planted secret is in it, plain or in base64", () => {
  for (const [place, secret] of Object.entries(planted)) {
    expect(secret.length, place).toBeGreaterThan(10);
    expect(text.includes(secret), place).toBe(false);
    expect(text.includes(Buffer.from(secret).toString("base64")), `${place} in base64`).toBe(false);
    const within = Buffer.from(`user:${secret}`).toString("base64").slice(8, 20);
    expect(text.includes(within), `${place} within base64`).toBe(false);
  }
});

test("what helps is in it: objects, settings, logs, versions, the doctor; and the file is its owner's only", () => {
  for (const word of [
    "it began",
    "ch_abcdefgh",
    "forge.example/policy.git",
    "all is well",
    '"kubernetes": "v1.',
    "SOME_PASSWORD",
  ]) {
    expect(text).toContain(word);
  }
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("without a cluster the rest still comes along, and it says what is missing", async () => {
  const to = join(folder, "alone.tar.gz");
  const told = { to, state, kubeconfig: join(folder, "none"), namespace: systemNamespace, version: "0.1.0" };
  const { files, notHad } = await takeSupportBundle(
    { ...told, doctor: async () => Promise.reject(new Error("no")) },
    around,
  );
  expect(files).toBeGreaterThan(3);
  expect(notHad.map(({ what }) => what)).toEqual(["the cluster", "the doctor's findings"]);
});

test("a file that is there already is refused", async () => {
  const told = { to: file, namespace: systemNamespace, version: "0.1.0", doctor: async () => undefined };
  await expect(takeSupportBundle(told, around)).rejects.toThrow("is there already");
});
