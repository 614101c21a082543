/** `helm package` and `helm install` of the chart, as a community with one machine in its cluster does. */
import { join } from "node:path";
import { stringify } from "yaml";
import { systemNamespace } from "../../operator/apis/group.ts";
import { releasedChart, unpacked } from "../chart/released/versions.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import { run } from "../programs/run.ts";
import { podNetwork, serviceNetwork } from "./enclosure.ts";
import type { GitServer } from "./git-server.ts";
import { root, version } from "./images.ts";
import { nextChart, nextVersion } from "./next-version.ts";
import type { Substrate } from "./substrate.ts";

export const machine = "spare-computer";
/** More than Ollama keeps by itself: of all models that the story serves none may drive another one out. */
export const loadedModelsMax = 8;
export const ollamaUrl = `http://commonhold-ollama-${machine}.${systemNamespace}.svc.cluster.local:11434`;
/** The decision log takes one, the site's models the other. */
export const volumesNeeded = 2;
const accessSecret = "policy-access";
const release = "commonhold";
const communityProfile = "values-community.yaml";

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
  await node.provideVolumes(volumesNeeded);
}

/** As a file for helm. */
export function givenValues(node: Substrate, installation: Installation): string {
  return stringify(values(node, installation));
}

/** Resolves to what `helm install` printed. */
export async function install(node: Substrate, installation: Installation): Promise<string> {
  const archive = await packaged(node, join(root, "charts/commonhold"), version);
  return helm(node, ["install", release, archive, "--values", "-"], givenValues(node, installation));
}

/** In the community profile, as that version was released. */
export async function installReleased(node: Substrate, installation: Installation, version: string): Promise<void> {
  const archive = releasedChart(version);
  const profile = join(await unpacked(archive), "commonhold", communityProfile);
  const given = stringify(inCommunity(node, installation));
  await helm(node, ["install", release, archive, "--values", profile, "--values", "-"], given);
}

/** From a version as it was released to this one; each Ollama goes on as it runs. */
export async function upgradeReleased(node: Substrate, installation: Installation): Promise<void> {
  const chart = join(root, "charts/commonhold");
  const { ollama, ...others } = inCommunity(node, installation);
  const given = stringify({ ...others, ollama: { ...ollama, updateStrategy: "OnDelete" } });
  const profile = ["--values", join(chart, communityProfile)];
  await helm(node, ["upgrade", release, await packaged(node, chart, version), ...profile, "--values", "-"], given);
}

export async function upgradeToNext(node: Substrate, installation: Installation): Promise<void> {
  const archive = await packaged(node, nextChart(), nextVersion);
  await helm(node, ["upgrade", release, archive, "--values", "-"], givenValues(node, installation));
}

/** In the small profile: one replica of each, and little memory. */
export async function upgradeSmall(node: Substrate, installation: Installation, toNext: boolean): Promise<void> {
  const chart = join(root, "charts/commonhold");
  const archive = toNext ? await packaged(node, nextChart(), nextVersion) : await packaged(node, chart, version);
  const given = stringify({ ...everywhere(node, installation), siteRegistry });
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

const siteRegistry = { enabled: true, image: { pullPolicy: "Never" }, storage: { size: "1Gi" } };

function values(node: Substrate, installation: Installation) {
  const { operator, ...others } = everywhere(node, installation);
  return { ...others, operator: { ...operator, replicas: 2 }, gateway: { replicas: 2 }, siteRegistry };
}

/** Services come before Ollama: the profile's three gateways, and one more while they are exchanged, must not take its place on two cores. */
function inCommunity(node: Substrate, installation: Installation) {
  const { ollama, ...others } = everywhere(node, installation);
  const machines = ollama.machines.map((one) => ({ ...one, resources: { requests: { cpu: "100m" } } }));
  return { ...others, ollama: { ...ollama, machines } };
}

/** What differs from the defaults in every version: images that are here already, and networks and a registry of this test. */
function everywhere({ nodeName }: Substrate, { git, genesis, registry }: Installation) {
  const registries = { allowedAddresses: [registry] };
  return {
    image: { pullPolicy: "Never" },
    cluster: { networks: [podNetwork, serviceNetwork] },
    operator: { ...registries, insecureRegistries: [registry] },
    governance: {
      enabled: true,
      policy: { url: git.url, genesis, sshSecret: accessSecret },
      ...registries,
      pollSeconds: 1,
      storage: { size: "1Gi" },
    },
    ollama: {
      image: { pullPolicy: "Never" },
      machines: [{ name: machine, node: nodeName, class: "cpu" }],
      // Room for all that the story decides about: left to itself Ollama keeps three on a processor, and each drives another out.
      classes: { cpu: { maxLoaded: loadedModelsMax } },
    },
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
