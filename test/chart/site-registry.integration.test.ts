/** The site's registry as the chart configures it, run by the real program, and pulled from by a real Ollama. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startOnKeptPort } from "../../cli/up/processes/ports.ts";
import { waitReady } from "../../cli/up/processes/readiness.ts";
import { type LeashedProcess, startProcess } from "../../cli/up/processes/start.ts";
import { readSettings as readFillerSettings } from "../../operator/site-registry/settings.ts";
import { startTestOllama } from "../control-plane/ollama.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { pushModel } from "../doubles/registry/push.ts";
import { tinyGguf } from "../models/tiny-gguf.ts";
import { programPath } from "../programs/program-path.ts";
import { run } from "../programs/run.ts";
import { type Manifest, renderedObjects } from "./helm.ts";
import { governed, machines, networks } from "./values.ts";

const values = { cluster: { networks }, governance: governed, ollama: { machines }, siteRegistry: { enabled: true } };
const modes = ["read", "write"] as const;

let objects: Manifest[];
let folder: string;
const running: LeashedProcess[] = [];
const origins = { read: "", write: "" };

beforeAll(async () => {
  objects = await renderedObjects(values);
  folder = scratchDirectory("site-registry");
  mkdirSync(join(folder, "store"));
  for (const mode of modes) {
    await startOnKeptPort(join(folder, `${mode}.port`), async (port) => {
      const text = String(configurations()[`${mode}.yml`])
        .replace("/var/lib/registry", join(folder, "store"))
        .replace(/addr: .*/, `addr: 127.0.0.1:${port}`);
      const path = join(folder, `${mode}.yml`);
      writeFileSync(path, text);
      const program = await startProcess({
        name: `registry ${mode}`,
        command: await programPath("registry"),
        args: ["serve", path],
        env: { PATH: process.env["PATH"], HOME: folder, OTEL_TRACES_EXPORTER: "none" },
        logPath: join(folder, `${mode}.log`),
      });
      running.push(program);
      origins[mode] = `http://127.0.0.1:${port}`;
      await waitReady(program, async (signal) => (await fetch(`${origins[mode]}/`, { signal })).ok, {
        deadlineMs: 60_000,
      });
    });
  }
});

afterAll(async () => {
  for (const program of running) {
    program.kill("SIGKILL");
    await program.exited;
  }
});

function configurations(): Record<string, string> {
  return find("ConfigMap", "commonhold-registry")["data"];
}

function find(kind: string, name: string): Manifest {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

describe("the registry of a site", () => {
  test("gives everybody what was written, and takes nothing from whoever reads", async () => {
    const gguf = tinyGguf({ seed: 41 });
    const pushed = await pushModel(origins.write, { repository: "library/tiny", tag: "site", gguf });
    const read = await fetch(`${origins.read}/v2/library/tiny/manifests/site`, {
      headers: { accept: "application/vnd.docker.distribution.manifest.v2+json" },
    });
    expect(read.headers.get("docker-content-digest")).toBe(pushed.digest);
    await expect(pushModel(origins.read, { repository: "library/tiny", tag: "mine", gguf })).rejects.toThrow(/405/);
    const removed = await fetch(`${origins.read}/v2/library/tiny/manifests/${pushed.digest}`, { method: "DELETE" });
    expect(removed.status).toBe(405);
  });

  test("is one that a real Ollama pulls from", async () => {
    const ollama = await startTestOllama();
    try {
      const gguf = tinyGguf({ seed: 42 });
      const { digest } = await pushModel(origins.write, { repository: "library/pulled", tag: "1", gguf });
      const model = `${new URL(origins.read).host}/library/pulled:1`;
      const body = JSON.stringify({ model, insecure: true, stream: false });
      const pulled = await fetch(`${ollama.url}/api/pull`, { method: "POST", body });
      expect(await pulled.json()).toEqual({ status: "success" });
      const { models } = (await (await fetch(`${ollama.url}/api/tags`)).json()) as { models: { digest: string }[] };
      expect(models.map((one) => `sha256:${one.digest}`)).toEqual([digest]);
    } finally {
      await ollama.discard();
    }
  });

  test("has room again after a model was taken out as the guide says, and the others are as they were", async () => {
    const repository = async (name: string, seed: number) =>
      pushModel(origins.write, { repository: `library/${name}`, tag: "1", gguf: tinyGguf({ seed }) });
    const [kept, gone] = [await repository("kept", 43), await repository("gone", 44)];
    const blob = (digest: string) =>
      join(folder, "store/docker/registry/v2/blobs/sha256", digest.slice(7, 9), digest.slice(7));
    expect([kept, gone].map(({ weights }) => existsSync(blob(weights)))).toEqual([true, true]);
    rmSync(join(folder, "store/docker/registry/v2/repositories/library/gone"), { recursive: true });
    const collect = ["garbage-collect", "--delete-untagged", join(folder, "write.yml")];
    await run(await programPath("registry"), collect, { env: { ...process.env, OTEL_TRACES_EXPORTER: "none" } });
    expect([kept, gone].map(({ weights }) => existsSync(blob(weights)))).toEqual([true, false]);
    const statusOf = async (name: string) => (await fetch(`${origins.read}/v2/library/${name}/manifests/1`)).status;
    expect([await statusOf("kept"), await statusOf("gone")]).toEqual([200, 404]);
  });

  test("is written to on an address that nobody outside its pod reaches", () => {
    expect(String(configurations()["write.yml"])).toMatch(/addr: 127\.0\.0\.1:11437/);
    expect(find("Service", "commonhold-registry")["spec"].ports).toEqual([
      { name: "registry", port: 11_436, targetPort: "registry" },
    ]);
  });

  test("is asked by operator and governance, at an address that they may fetch from", () => {
    const host = "commonhold-registry.commonhold-system.svc.cluster.local:11436";
    for (const name of ["operator", "governance"]) {
      const [{ env }] = find("Deployment", `commonhold-${name}`)["spec"].template.spec.containers;
      expect(env).toEqual(
        expect.arrayContaining([
          { name: "COMMONHOLD_SITE_REGISTRY", value: host },
          { name: "COMMONHOLD_INSECURE_REGISTRIES", value: host },
          { name: "COMMONHOLD_ALLOWED_ADDRESSES", value: networks.map((network) => `${network}:11436`).join(",") },
        ]),
      );
    }
  });

  test("is reached by those that read models alone", () => {
    const { podSelector, policyTypes, ingress } = find("NetworkPolicy", "commonhold-registry")["spec"];
    expect(podSelector.matchLabels["app.kubernetes.io/name"]).toBe("registry");
    expect(policyTypes).toEqual(["Ingress", "Egress"]);
    expect(ingress).toHaveLength(1);
    const [names] = ingress[0].from[0].podSelector.matchExpressions;
    expect(names.values).toEqual(["ollama", "operator", "governance"]);
    expect(ingress[0].ports).toEqual([{ protocol: "TCP", port: "registry" }]);
  });
});

describe("a registry that fills itself", () => {
  const registry = () => find("Deployment", "commonhold-registry")["spec"].template.spec;
  const containers = () => registry().containers as { name: string; env: object[]; volumeMounts: object[] }[];

  test("goes out for names, to registries and to the API server, and on the ports of registries that are named", async () => {
    const ports = (from: readonly Manifest[]) =>
      from
        .find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "commonhold-registry")
        ?.["spec"].egress?.[0].ports.map(
          ({ protocol, port }: { protocol: string; port: number }) => `${protocol} ${port}`,
        );
    expect(ports(objects)).toEqual(["UDP 53", "TCP 53", "TCP 443", "TCP 6443"]);
    const operator = {
      insecureRegistries: ["models.lan", "10.1.2.3:5000"],
      allowedAddresses: ["10.0.0.0/8", "10.1.2.3:5000", "[fd00::1]:5001", "fd00::/8", "10.2.0.0/16:8443"],
    };
    expect(ports(await renderedObjects({ ...values, operator })).slice(4)).toEqual([
      "TCP 5000",
      "TCP 5001",
      "TCP 8443",
      "TCP 80",
    ]);
  });

  test("has the token of its account in the filler alone, and the filler nothing of what the registry has", () => {
    expect(registry()).toMatchObject({
      serviceAccountName: "commonhold-registry-filler",
      automountServiceAccountToken: false,
    });
    const mounted = (name: string) => containers().find((one) => one.name === name)?.volumeMounts;
    for (const name of modes) expect(JSON.stringify(mounted(name))).not.toMatch(/account|filling/);
    expect(mounted("filler")).toEqual([
      { name: "models", mountPath: "/var/lib/filling", subPath: "filling" },
      { name: "account", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ]);
  });

  test("is read from also while the filler is not ready", () => {
    expect(find("Service", "commonhold-registry")["spec"].publishNotReadyAddresses).toBe(true);
    expect(find("Service", "commonhold-registry-filler")["spec"]).toMatchObject({
      ports: [{ name: "http", port: 11_438, targetPort: "http" }],
    });
  });

  test("is told what the operator is told of registries, and operator and governance that it fills itself", async () => {
    const operator = { insecureRegistries: ["models.lan:80"], allowedAddresses: ["10.0.0.0/8"] };
    const rendered = await renderedObjects({ ...values, operator });
    const envOf = (deployment: string, container: string) =>
      rendered
        .find(({ kind, metadata }) => kind === "Deployment" && metadata.name === `commonhold-${deployment}`)
        ?.["spec"].template.spec.containers.find(({ name }: { name: string }) => name === container).env;
    const environment = Object.fromEntries(
      envOf("registry", "filler").map(({ name, value }: { name: string; value: string }) => [name, value]),
    );
    expect(readFillerSettings(environment)).toMatchObject({
      siteRegistry: "commonhold-registry.commonhold-system.svc.cluster.local:11436",
      insecureRegistries: ["models.lan:80"],
      allowedAddresses: ["10.0.0.0/8"],
      port: 11_438,
    });
    for (const name of ["operator", "governance"])
      expect(envOf(name, name)).toContainEqual({ name: "COMMONHOLD_SITE_REGISTRY_FILLS", value: "true" });
  });

  test("can be had without: then the pod has no account, no way out and nothing of ours in it", async () => {
    const without = await renderedObjects({ ...values, siteRegistry: { enabled: true, fill: { enabled: false } } });
    const named = without.filter(({ metadata }) => metadata.name.includes("registry"));
    expect(named.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual(
      ["ConfigMap", "Deployment", "NetworkPolicy", "PersistentVolumeClaim", "Service"].map(
        (kind) => `${kind} commonhold-registry`,
      ),
    );
    const spec = (kind: string) => named.find((object) => object.kind === kind)?.["spec"];
    const pod = spec("Deployment").template.spec;
    expect(pod.containers.map(({ name }: { name: string }) => name)).toEqual(modes);
    expect([pod.serviceAccountName, pod.automountServiceAccountToken]).toEqual([undefined, false]);
    expect(spec("NetworkPolicy").egress).toBeUndefined();
    expect(spec("Service").publishNotReadyAddresses).toBeUndefined();
    expect(JSON.stringify(without)).toContain('"COMMONHOLD_SITE_REGISTRY_FILLS","value":"false"');
  });
});
