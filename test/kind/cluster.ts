/** A cluster of one node that kind makes in a Docker engine, with kind's own network, which enforces NetworkPolicies. */
import { mkdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { freePort } from "../../cli/up/processes/ports.ts";
import { scratchDirectory } from "../control-plane/scratch.ts";
import type { Substrate } from "../node/substrate.ts";
import { programPath } from "../programs/program-path.ts";
import { run, tryRun } from "../programs/run.ts";
import { kindConfig, temporaryOnNode } from "./config.ts";
import { dockerImages } from "./docker-images.ts";
import { openDoor } from "./outside.ts";

/** Resolves when the node is Ready. */
export async function startKind(): Promise<Substrate> {
  const kind = await programPath("kind");
  const programs = {
    kubectl: await programPath("kubectl"),
    helm: await programPath("helm"),
    ollama: await programPath("ollama"),
    registry: await programPath("registry"),
  };
  const directory = scratchDirectory("kind");
  const kept = process.env["COMMONHOLD_NODE_LOGS"];
  const logs = kept ?? join(directory, "logs");
  mkdirSync(logs, { recursive: true });
  const name = `commonhold-${process.pid}`;
  const nodeName = `${name}-control-plane`;
  const kubeconfigPath = join(directory, "kubeconfig");
  const outsidePort = await freePort();
  const env = { ...process.env, KUBECONFIG: kubeconfigPath };
  const options = (stdin?: string) => ({ env, ...(stdin === undefined ? {} : { stdin }) });
  const kubectl = (args: readonly string[], stdin?: string) => run(programs.kubectl, args, options(stdin));
  const stop = async (): Promise<void> => {
    if (kept !== undefined) await tryRun(kind, ["export", "logs", kept, `--name=${name}`]);
    await run(kind, ["delete", "cluster", `--name=${name}`, `--kubeconfig=${kubeconfigPath}`]);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const config = stringify(kindConfig({ temporary: tmpdir(), outsidePort }));
    await run(kind, ["create", "cluster", `--name=${name}`, "--config=-", "--wait=180s"], options(config));
    const machineAddress = await gatewayOf(nodeName);
    return {
      ...{ programs, images: dockerImages, logs, kubeconfigPath, nodeName, machineAddress },
      kubectl,
      tryKubectl: (args, stdin) => tryRun(programs.kubectl, args, options(stdin)),
      importImages: async (archive) => {
        await run(kind, ["load", "image-archive", archive, `--name=${name}`]);
        rmSync(archive);
      },
      ctr: (args) => run("docker", ["exec", nodeName, "ctr", "--namespace=k8s.io", ...args]),
      onNode: (folder) => folder.replace(tmpdir(), temporaryOnNode),
      // Its default class makes them.
      provideVolumes: async () => undefined,
      urlOf: async (namespace, service, port) => {
        await openDoor(kubectl, { namespace, service, port });
        return `http://127.0.0.1:${outsidePort}`;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** This machine's own address on the node's network: what a server listens on there, pods reach. */
async function gatewayOf(container: string): Promise<string> {
  const gateway = "--format={{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}";
  return (await run("docker", ["inspect", gateway, container])).trim();
}
