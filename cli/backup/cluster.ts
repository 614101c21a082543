/** The cluster that is meant, and who speaks to it: the person, or the person in the name of a service. */
import { get, type RequestOptions } from "node:https";
import type { Clock } from "../../operator/clock/clock.ts";
import { createKubeClient, type KubeClient } from "../../operator/kube/client.ts";
import { kubeConfigFromDefaults, kubeConfigFromFile } from "../../operator/kube/kubeconfig.ts";
import type { KubeConfig } from "../../operator/kube/plain-kubeconfig.ts";
import type { Surroundings } from "../policy/surroundings.ts";

export interface Cluster {
  readonly client: KubeClient;
  /** Acts as that ServiceAccount; the person needs the right to impersonate it. */
  as(namespace: string, serviceAccount: string): KubeClient;
  /** Of the API server, `v1.36.3`; `unknown` where it does not say. Throws where it does not answer. */
  version(signal: AbortSignal): Promise<string>;
  /** What the API server answers at a path of it, such as a pod's log: the first 8 MiB. Throws where it is not a 200. */
  readText(path: string, signal: AbortSignal): Promise<string>;
  readonly name: string;
  close(): Promise<void>;
}

/** Throws a KubeError that names the place where no cluster is told. */
export function openCluster(
  kubeconfig: string | undefined,
  { clock, env }: Pick<Surroundings, "clock" | "env">,
): Cluster {
  return clusterOf(kubeconfig === undefined ? kubeConfigFromDefaults(env) : kubeConfigFromFile(kubeconfig), clock);
}

function clusterOf(config: KubeConfig, clock: Clock): Cluster {
  const opened: KubeClient[] = [];
  const open = (one: KubeConfig): KubeClient => {
    const client = createKubeClient(one, { clock, userAgent: "commonhold-cli" });
    opened.push(client);
    return client;
  };
  const name = config.getCurrentCluster()?.server ?? "the cluster";
  return {
    client: open(config),
    as: (namespace, account) => open(impersonating(config, `system:serviceaccount:${namespace}:${account}`)),
    version: (signal) => versionOf(config, name, signal),
    readText: (path, signal) => readText(config, name, path, signal),
    name,
    close: async () => {
      await Promise.all(opened.map((client) => client.close()));
    },
  };
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function impersonating(config: KubeConfig, user: string): KubeConfig {
  return {
    getCurrentContext: () => config.getCurrentContext(),
    getCurrentCluster: () => config.getCurrentCluster(),
    getCurrentUser: () => config.getCurrentUser(),
    async applyToHTTPSOptions(options) {
      await config.applyToHTTPSOptions(options);
      options.headers = { ...(options.headers as Record<string, string> | undefined), "Impersonate-User": user };
    },
  };
}

async function versionOf(config: KubeConfig, server: string, signal: AbortSignal): Promise<string> {
  const said = await readText(config, server, "/version", signal);
  return /"gitVersion":\s*"([^"]+)"/.exec(said)?.[1] ?? "unknown";
}

async function readText(config: KubeConfig, server: string, path: string, signal: AbortSignal): Promise<string> {
  const options: RequestOptions = { signal, agent: false, timeout: silenceMsMax };
  await config.applyToHTTPSOptions(options);
  return new Promise<string>((resolve, reject) => {
    const call = get(new URL(path, server), options, (answer) => {
      const wanted = answer.statusCode === 200;
      beginningOf(answer, wanted ? answerBytesMax : refusalBytesMax).then(
        (body) => (wanted ? resolve(body) : reject(new Error(`${answer.statusCode} for ${path}: ${body}`))),
        reject,
      );
    });
    call.on("timeout", () => call.destroy(new Error("no answer")));
    call.on("error", reject);
  });
}

async function beginningOf(body: AsyncIterable<Buffer>, bytesMax: number): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= bytesMax) break;
  }
  return Buffer.concat(parts).subarray(0, bytesMax).toString("utf8");
}

const silenceMsMax = 10_000;
const answerBytesMax = 8 * 1024 * 1024;
const refusalBytesMax = 2_000;
