/** What stands in kubeconfig files, and where a configuration is looked for. The parts are read by client-node's own small modules. */
import { existsSync, readFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { delimiter, dirname, isAbsolute, join } from "node:path";
import {
  type Cluster,
  type Context,
  newClusters,
  newContexts,
  newUsers,
  type User,
} from "@kubernetes/client-node/dist/config_types.js";
import { parse } from "yaml";

export interface KubeConfigData {
  readonly clusters: Cluster[];
  readonly users: User[];
  readonly contexts: Context[];
  readonly currentContext: string;
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** As kubectl looks for it: `KUBECONFIG`, then `~/.kube/config`, then the pod's service account. Undefined where none of them is there. */
export function dataFromDefaults(variables: Variables): KubeConfigData | undefined {
  const named = (variables["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  if (named.length > 0) return merged(named.map(dataOfFile));
  const home = variables["HOME"] ?? variables["USERPROFILE"];
  const own = home === undefined ? undefined : join(home, ".kube", "config");
  if (own !== undefined && existsSync(own)) return dataOfFile(own);
  return existsSync(join(serviceAccount, "token")) ? dataInCluster(variables) : undefined;
}

/** Relative paths in it are taken from where it lies. Throws for what is no kubeconfig. */
export function dataOfFile(path: string): KubeConfigData {
  const said = parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
  const clusters = newClusters(said["clusters"]);
  const users = newUsers(said["users"]);
  const from = (file: string): string => (isAbsolute(file) ? file : join(dirname(path), file));
  for (const cluster of clusters) if (cluster.caFile) cluster.caFile = from(cluster.caFile);
  for (const user of users) {
    if (user.certFile) user.certFile = from(user.certFile);
    if (user.keyFile) user.keyFile = from(user.keyFile);
  }
  return {
    clusters,
    users,
    contexts: newContexts(said["contexts"]),
    currentContext: String(said["current-context"] ?? ""),
  };
}

/** The pod's own service account, whose token the kubelet renews in its file. */
export function dataInCluster(variables: Variables): KubeConfigData {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "443" } = variables;
  const server = `https://${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const authProvider = { name: tokenFileProvider, config: { tokenFile: join(serviceAccount, "token") } };
  return dataFor(
    { name: "in-cluster", server, caFile: join(serviceAccount, "ca.crt"), skipTLSVerify: false },
    {
      name: "service-account",
      authProvider,
    },
  );
}

export function dataFor(cluster: Cluster, user: User): KubeConfigData {
  const name = "given";
  const contexts = [{ name, cluster: cluster.name, user: user.name }];
  return { clusters: [cluster], users: [user], contexts, currentContext: name };
}

/** Its context is that of the last file. Throws where two files say different things under one name. */
function merged(files: readonly KubeConfigData[]): KubeConfigData {
  const parts = {
    clusters: files.flatMap(({ clusters }) => clusters),
    users: files.flatMap(({ users }) => users),
    contexts: files.flatMap(({ contexts }) => contexts),
  };
  for (const entries of Object.values(parts)) {
    const names = entries.map(({ name }) => name);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice !== undefined) throw new TypeError(`the name ${twice} is in two of the files`);
  }
  return {
    ...parts,
    currentContext: files.findLast(({ currentContext }) => currentContext !== "")?.currentContext ?? "",
  };
}

/** Of a user, as client-node names it. */
export const tokenFileProvider = "tokenFile";

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";
