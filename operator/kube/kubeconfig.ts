/** The three places a configuration comes from, each with an error that says which one was tried. */

import { KubeConfig } from "@kubernetes/client-node";
import { printable } from "../text/printable.ts";
import { KubeError } from "./errors.ts";

const placeCharsMax = 1_024;

/** A kubeconfig file; relative paths in it are taken from where it lies. */
export function kubeConfigFromFile(path: string): KubeConfig {
  return load(`the kubeconfig ${path}`, (config) => config.loadFromFile(path));
}

/** The pod's own service account. */
export function kubeConfigInCluster(): KubeConfig {
  return load("the service account of this pod", (config) => config.loadFromCluster());
}

/** As kubectl looks for it: `KUBECONFIG`, then `~/.kube/config`, then the pod's service account. */
export function kubeConfigFromDefaults(): KubeConfig {
  return load("KUBECONFIG, ~/.kube/config or the service account of this pod", (config) => config.loadFromDefault());
}

/** A server, its authority (PEM) and a token: for programs that started the server themselves. */
export function kubeConfigFor(server: string, auth: { token: string; ca?: string | undefined }): KubeConfig {
  return load(server, (config) =>
    config.loadFromClusterAndUser(
      {
        name: "given",
        server,
        skipTLSVerify: server.startsWith("http:"),
        ...(auth.ca === undefined ? {} : { caData: Buffer.from(auth.ca).toString("base64") }),
      },
      { name: "given", token: auth.token },
    ),
  );
}

/** A parser's error quotes the file, which holds credentials: only the name of the place is passed on. */
function load(place: string, read: (config: KubeConfig) => void): KubeConfig {
  const config = new KubeConfig();
  try {
    read(config);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const words = typeof code === "string" ? code : "it is no valid kubeconfig";
    throw new KubeError(`cannot read ${printable(place, placeCharsMax)}: ${words}`, { reason: "BadKubeConfig" });
  }
  if (!config.getCurrentCluster()) {
    throw new KubeError(`${printable(place, placeCharsMax)} names no cluster in its current context`, {
      reason: "BadKubeConfig",
    });
  }
  return config;
}
