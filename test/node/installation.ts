/** `helm package` and `helm install` of the chart, as a community with one machine in its cluster does. */
import { join } from "node:path";
import { stringify } from "yaml";
import { systemNamespace } from "../../operator/apis/group.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { run } from "../programs/run.ts";
import { podNetwork, serviceNetwork } from "./enclosure.ts";
import type { GitServer } from "./git-server.ts";
import { root, version } from "./images.ts";
import { nextChart, nextVersion } from "./next-version.ts";
import type { Substrate } from "./substrate.ts";

export const machine = "spare-computer";
export const ollamaUrl = `http://commonhold-ollama-${machine}.${systemNamespace}.svc.cluster.local:11434`;
const accessSecret = "policy-access";
const release = "commonhold";

export interface Installation {
  git: GitServer;
  /** Commit with which the policy began. */
  genesis: string;
  /** Of models, in plain http. */
  registry: string;
}

/** What a cluster administrator has ready before: a namespace, access to the policy repository, and volumes. */
export async function prepareInstallation(node: Substrate, { git }: Installation): Promise<void> {
  const objects = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: systemNamespace } },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: accessSecret, namespace: systemNamespace },
      stringData: { key: git.key, knownHosts: git.knownHosts },
    },
  ];
  await node.kubectl(["apply", "-f", "-"], objects.map((object) => stringify(object)).join("---\n"));
  // The decision log takes one, the site's models the other.
  await node.provideVolumes(2);
}

/** Resolves to what `helm install` printed. */
export async function install(node: Substrate, installation: Installation): Promise<string> {
  const archive = await packaged(node, join(root, "charts/commonhold"), version);
  return helm(node, ["install", release, archive, "--values", "-"], stringify(values(node, installation)));
}

export async function upgradeToNext(node: Substrate, installation: Installation): Promise<void> {
  const archive = await packaged(node, nextChart(), nextVersion);
  await helm(node, ["upgrade", release, archive, "--values", "-"], stringify(values(node, installation)));
}

/** In the small profile: one replica of each, and little memory. */
export async function upgradeSmall(node: Substrate, installation: Installation, toNext: boolean): Promise<void> {
  const chart = join(root, "charts/commonhold");
  const archive = toNext ? await packaged(node, nextChart(), nextVersion) : await packaged(node, chart, version);
  const { operator, gateway: _, ...others } = values(node, installation);
  const { replicas: __, ...addresses } = operator;
  const given = stringify({ ...others, operator: addresses });
  const profile = ["--values", join(chart, "values-small.yaml")];
  await helm(node, ["upgrade", release, archive, ...profile, "--values", "-"], given);
}

/** To what was installed first. */
export async function rollBack(node: Substrate): Promise<void> {
  await helm(node, ["rollback", release, "1"]);
}

export function uninstall(node: Substrate): Promise<string> {
  return helm(node, ["uninstall", release, "--wait", "--timeout=120s"]);
}

/** `helm test`: the chart's own question, asked from within the cluster. */
export function askByHelm(node: Substrate): Promise<string> {
  return helm(node, ["test", release, "--logs", "--timeout=120s"]);
}

/** What differs from the defaults: images that are here already, and networks and a registry of this test. */
function values({ nodeName }: Substrate, { git, genesis, registry }: Installation) {
  const registries = { allowedAddresses: [registry] };
  return {
    image: { pullPolicy: "Never" },
    cluster: { networks: [podNetwork, serviceNetwork] },
    operator: { replicas: 2, ...registries, insecureRegistries: [registry] },
    gateway: { replicas: 2 },
    governance: {
      enabled: true,
      policy: { url: git.url, genesis, sshSecret: accessSecret },
      ...registries,
      pollSeconds: 1,
      storage: { size: "1Gi" },
    },
    ollama: { image: { pullPolicy: "Never" }, machines: [{ name: machine, node: nodeName, class: "cpu" }] },
    siteRegistry: { enabled: true, image: { pullPolicy: "Never" }, storage: { size: "1Gi" } },
    test: { model: "mind" },
  };
}

async function packaged(node: Substrate, chart: string, version: string): Promise<string> {
  const folder = scratchDirectory("chart");
  await helm(node, ["package", chart, "--destination", folder]);
  return join(folder, `commonhold-${version}.tgz`);
}

function helm(node: Substrate, args: readonly string[], stdin?: string): Promise<string> {
  const env = { ...process.env, KUBECONFIG: node.kubeconfigPath, HELM_CACHE_HOME: scratchDirectory("helm") };
  const where = args[0] === "package" ? [] : ["--namespace", systemNamespace];
  return run(node.programs.helm, [...args, ...where], { env, ...(stdin === undefined ? {} : { stdin }) });
}
