/** The cluster that is meant, and who speaks to it: the person, or the person in the name of a service. */
import { get, type RequestOptions } from "node:https";
import { text } from "node:stream/consumers";
import type { Clock } from "../../operator/clock/clock.ts";
import { createKubeClient, type KubeClient } from "../../operator/kube/client.ts";
import { kubeConfigFromDefaults, kubeConfigFromFile } from "../../operator/kube/kubeconfig.ts";
import type { KubeConfig } from "../../operator/kube/plain-kubeconfig.ts";
import type { Surroundings } from "../policy/surroundings.ts";

export interface Cluster {
  readonly client: KubeClient;
  /** Acts as that ServiceAccount; the person needs the right to impersonate it. */
  as(namespace: string, serviceAccount: string): KubeClient;
  /** Of the API server, `v1.36.3`; `unknown` where it does not say. */
  version(signal: AbortSignal): Promise<string>;
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
    version: (signal) => versionOf(config, name, signal).catch(() => "unknown"),
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
  const options: RequestOptions = { signal, agent: false, timeout: versionMsMax };
  await config.applyToHTTPSOptions(options);
  const body = await new Promise<string>((resolve, reject) => {
    const call = get(new URL("/version", server), options, (answer) => text(answer).then(resolve, reject));
    call.on("timeout", () => call.destroy(new Error("no answer")));
    call.on("error", reject);
  });
  const { gitVersion } = JSON.parse(body) as { gitVersion?: unknown };
  return typeof gitVersion === "string" ? gitVersion : "unknown";
}

const versionMsMax = 10_000;
