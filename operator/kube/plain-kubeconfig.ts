/**
 * A kubeconfig by its data. Tokens, certificates, passwords and files are read here. For what else a user may have (exec plugins, OIDC,
 * clouds) client-node is asked, and only then loaded: all of it takes 80 MiB and 0.7 s of a core, of which nothing else is needed.
 */
import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import type { KubeConfig as FullKubeConfig } from "@kubernetes/client-node";
import type { Cluster, User } from "@kubernetes/client-node/dist/config_types.js";
import { type KubeConfigData, tokenFileProvider } from "./kubeconfig-data.ts";

/** What is asked of one; client-node's own is one too. */
export type KubeConfig = Pick<
  FullKubeConfig,
  "getCurrentContext" | "getCurrentCluster" | "getCurrentUser" | "applyToHTTPSOptions"
>;

export class PlainKubeConfig implements KubeConfig {
  readonly #data: KubeConfigData;
  #full: Promise<FullKubeConfig> | undefined;

  constructor(data: KubeConfigData) {
    this.#data = data;
  }

  getCurrentContext(): string {
    return this.#data.currentContext;
  }

  getCurrentCluster(): Cluster | null {
    const name = this.#context()?.cluster;
    return this.#data.clusters.find((cluster) => cluster.name === name) ?? null;
  }

  getCurrentUser(): User | null {
    const name = this.#context()?.user;
    return this.#data.users.find((user) => user.name === name) ?? null;
  }

  async applyToHTTPSOptions(options: RequestOptions): Promise<void> {
    const user = this.getCurrentUser();
    if (user && !isPlain(user)) {
      this.#full ??= fullOf(this.#data);
      return (await this.#full).applyToHTTPSOptions(options);
    }
    await applyCluster(this.getCurrentCluster(), options);
    if (user) await applyUser(user, options);
  }

  #context() {
    return this.#data.contexts.find(({ name }) => name === this.#data.currentContext);
  }
}

function isPlain({ exec, authProvider }: User): boolean {
  return !exec && (!authProvider || isTokenFile(authProvider));
}

function isTokenFile(provider: unknown): provider is { readonly config: { readonly tokenFile: string } } {
  return (provider as { readonly name?: unknown } | undefined)?.name === tokenFileProvider;
}

async function fullOf(data: KubeConfigData): Promise<FullKubeConfig> {
  const { KubeConfig: Full } = await import("@kubernetes/client-node");
  const full = new Full();
  full.loadFromOptions(data);
  return full;
}

async function applyCluster(cluster: Cluster | null, options: RequestOptions): Promise<void> {
  if (cluster?.skipTLSVerify) options.rejectUnauthorized = false;
  if (cluster?.tlsServerName) options.servername = cluster.tlsServerName;
  const ca = await bytesOf(cluster?.caFile, cluster?.caData);
  if (ca) options.ca = ca;
}

async function applyUser(user: User, options: RequestOptions): Promise<void> {
  const cert = await bytesOf(user.certFile, user.certData);
  const key = await bytesOf(user.keyFile, user.keyData);
  if (cert) options.cert = cert;
  if (key) options.key = key;
  const { authProvider, impersonateUser, username } = user;
  const token = user.token || (isTokenFile(authProvider) && (await readFile(authProvider.config.tokenFile, "utf8")));
  options.headers = {
    ...(impersonateUser && { "Impersonate-User": impersonateUser }),
    ...(token && { Authorization: `Bearer ${token}` }),
  };
  if (username) options.auth = `${username}:${user.password ?? ""}`;
}

/** A file counts more than base64 beside it. */
async function bytesOf(file: string | undefined, data: string | undefined): Promise<Buffer | undefined> {
  if (file) return readFile(file);
  return data ? Buffer.from(data, "base64") : undefined;
}
