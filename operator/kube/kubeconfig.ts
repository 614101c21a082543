/** The three places a configuration comes from, each with an error that says which one was tried. */
import { printable } from "../text/printable.ts";
import { KubeError } from "./errors.ts";
import {
  dataFor,
  dataFromDefaults,
  dataInCluster,
  dataOfFile,
  type KubeConfigData,
  type Variables,
} from "./kubeconfig-data.ts";
import { type KubeConfig, PlainKubeConfig } from "./plain-kubeconfig.ts";

const placeCharsMax = 1_024;

/** A kubeconfig file; relative paths in it are taken from where it lies. */
export function kubeConfigFromFile(path: string): KubeConfig {
  return load(`the kubeconfig ${path}`, () => dataOfFile(path));
}

/** The pod's own service account. */
export function kubeConfigInCluster(variables: Variables): KubeConfig {
  return load("the service account of this pod", () => dataInCluster(variables));
}

/** As kubectl looks for it: `KUBECONFIG`, then `~/.kube/config`, then the pod's service account. */
export function kubeConfigFromDefaults(variables: Variables): KubeConfig {
  const place = "KUBECONFIG, ~/.kube/config or the service account of this pod";
  return load(place, () => {
    const found = dataFromDefaults(variables);
    if (!found) throw new KubeError(`there is none of ${place}`, { reason: "BadKubeConfig" });
    return found;
  });
}

/** A server, its authority (PEM) and a token: for programs that started the server themselves. */
export function kubeConfigFor(server: string, auth: { token: string; ca?: string | undefined }): KubeConfig {
  return load(server, () =>
    dataFor(
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
function load(place: string, read: () => KubeConfigData): KubeConfig {
  let config: KubeConfig;
  try {
    config = new PlainKubeConfig(read());
  } catch (error) {
    if (error instanceof KubeError) throw error;
    const code = (error as { code?: unknown }).code;
    const words = typeof code === "string" && isErrno(code) ? code : "it is no valid kubeconfig";
    throw new KubeError(`cannot read ${printable(place, placeCharsMax)}: ${words}`, { reason: "BadKubeConfig" });
  }
  if (!config.getCurrentCluster()) {
    throw new KubeError(`${printable(place, placeCharsMax)} names no cluster in its current context`, {
      reason: "BadKubeConfig",
    });
  }
  return config;
}

/** As the system names what a file cannot do; the codes of a YAML parser are of no use to anybody. */
function isErrno(code: string): boolean {
  return /^E[A-Z]+$/.test(code);
}
