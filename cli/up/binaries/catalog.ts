/**
 * The binaries that a community on one machine needs: which release we take when we fetch it ourselves, and which
 * ones we accept when the machine already has them.
 */

export type BinaryName =
  | "etcd"
  | "kube-apiserver"
  | "kubectl"
  | "ollama"
  | "registry"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kubelet"
  | "kube-proxy"
  | "coredns"
  | "helm"
  | "kubeconform"
  | "kube-score"
  | "kwok"
  | "kind"
  | "crane";

export interface CatalogEntry {
  /** The release that is downloaded or built, without a leading `v`. */
  version: string;
  /** A semver range: what is accepted from a variable or from PATH. */
  accepts: string;
  /** The program's name on PATH and in its archive. */
  program: string;
  /** Environment variable that names the program's path; it is looked at first. */
  variable: string;
  /** False for a name so general that another program may have it. */
  onPath: boolean;
  /** True when `KUBEBUILDER_ASSETS`, the folder of Kubernetes' envtest, may hold it. */
  inKubebuilderAssets: boolean;
  /** Arguments that make it print its version, and where the version stands in what it prints. */
  versionArguments: readonly string[];
  versionPatterns: readonly RegExp[];
}

export const catalog: Readonly<Record<BinaryName, CatalogEntry>> = {
  etcd: {
    version: "3.6.16",
    accepts: ">=3.5.0 <4",
    program: "etcd",
    variable: "COMMONHOLD_ETCD",
    onPath: true,
    inKubebuilderAssets: true,
    versionArguments: ["--version"],
    versionPatterns: [/etcd Version: (\S+)/],
  },
  "kube-apiserver": {
    version: "1.36.3",
    accepts: ">=1.33.0 <2",
    program: "kube-apiserver",
    variable: "COMMONHOLD_KUBE_APISERVER",
    onPath: true,
    inKubebuilderAssets: true,
    versionArguments: ["--version"],
    versionPatterns: [/Kubernetes v(\S+)/],
  },
  kubectl: {
    version: "1.36.3",
    // One minor version either way of the API server: https://kubernetes.io/releases/version-skew-policy/#kubectl
    accepts: ">=1.35.0 <1.38.0",
    program: "kubectl",
    variable: "COMMONHOLD_KUBECTL",
    onPath: true,
    inKubebuilderAssets: true,
    versionArguments: ["version", "--client"],
    versionPatterns: [/Client Version: v(\S+)/],
  },
  ollama: {
    version: "0.24.0",
    // Since 0.20 a pull keeps the registry's manifest bytes, so that a digest means the same thing everywhere.
    accepts: ">=0.20.0",
    program: "ollama",
    variable: "COMMONHOLD_OLLAMA",
    onPath: true,
    inKubebuilderAssets: false,
    versionArguments: ["--version"],
    // Without a server it prints a warning and "client version"; beside a server of another version it prints both.
    versionPatterns: [/client version is (\S+)/, /version is (\S+)/],
  },
  // For tests only: a registry that the real Ollama pushes to and pulls from.
  registry: {
    version: "3.1.2",
    accepts: ">=3.0.0",
    program: "registry",
    variable: "COMMONHOLD_REGISTRY",
    onPath: false,
    inKubebuilderAssets: false,
    versionArguments: ["--version"],
    versionPatterns: [/distribution\S* v?(\d\S*)/],
  },
  // For tests only: what makes a cluster of a control plane (test/chart/classes), and a node of this machine (test/node).
  "kube-controller-manager": kubernetes("kube-controller-manager", "COMMONHOLD_KUBE_CONTROLLER_MANAGER"),
  "kube-scheduler": kubernetes("kube-scheduler", "COMMONHOLD_KUBE_SCHEDULER"),
  kubelet: kubernetes("kubelet", "COMMONHOLD_KUBELET"),
  "kube-proxy": kubernetes("kube-proxy", "COMMONHOLD_KUBE_PROXY"),
  coredns: {
    version: "1.15.0",
    accepts: ">=1.11.0 <2",
    program: "coredns",
    variable: "COMMONHOLD_COREDNS",
    onPath: true,
    inKubebuilderAssets: false,
    versionArguments: ["-version"],
    versionPatterns: [/CoreDNS-(\S+)/],
  },
  // For tests only: what the chart is checked with (test/chart).
  helm: {
    version: "4.3.1",
    accepts: ">=4.0.0 <5",
    program: "helm",
    variable: "COMMONHOLD_HELM",
    onPath: true,
    inKubebuilderAssets: false,
    versionArguments: ["version"],
    versionPatterns: [/Version:"v([^"]+)"/],
  },
  kubeconform: {
    version: "0.8.0",
    accepts: ">=0.6.0 <1",
    program: "kubeconform",
    variable: "COMMONHOLD_KUBECONFORM",
    onPath: true,
    inKubebuilderAssets: false,
    versionArguments: ["-v"],
    versionPatterns: [/^v(\S+)/],
  },
  // What `commonhold bundle` takes images out of their registries with.
  crane: {
    version: "0.22.1",
    accepts: ">=0.19.0 <1",
    program: "crane",
    variable: "COMMONHOLD_CRANE",
    onPath: true,
    inKubebuilderAssets: false,
    versionArguments: ["version"],
    versionPatterns: [/^v?(\d[^\s+]*)/],
  },
  "kube-score": {
    version: "1.20.0",
    accepts: ">=1.18.0 <2",
    program: "kube-score",
    variable: "COMMONHOLD_KUBE_SCORE",
    onPath: true,
    inKubebuilderAssets: false,
    versionArguments: ["version"],
    versionPatterns: [/kube-score version: v?(\d[^,\s]*)/],
  },
  // For tests only: plays the nodes that nobody here has (test/chart/classes).
  kwok: {
    version: "0.8.0",
    accepts: ">=0.6.0 <1",
    program: "kwok",
    variable: "COMMONHOLD_KWOK",
    onPath: true,
    inKubebuilderAssets: false,
    versionArguments: ["--version"],
    versionPatterns: [/kwok version v?(\d[^\s]*)/],
  },
  // For tests only: a cluster of a Docker engine (test/kind), whose node image goes with this release.
  kind: {
    version: "0.32.0",
    accepts: ">=0.32.0 <1",
    program: "kind",
    variable: "COMMONHOLD_KIND",
    onPath: true,
    inKubebuilderAssets: false,
    versionArguments: ["version"],
    versionPatterns: [/kind v(\S+)/],
  },
};

/** Of the API server's own minor version: none of them may be newer, and older ones are not what we test with. */
function kubernetes(program: string, variable: string): CatalogEntry {
  return {
    version: "1.36.3",
    accepts: ">=1.36.0 <1.37.0",
    program,
    variable,
    onPath: true,
    inKubebuilderAssets: true,
    versionArguments: ["--version"],
    versionPatterns: [/Kubernetes v(\S+)/],
  };
}
