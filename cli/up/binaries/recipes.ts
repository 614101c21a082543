import { type BinaryName, catalog } from "./catalog.ts";

/**
 * How each binary is built from the Go module of its name, for machines that reach a module proxy but no release. A wrapper
 * module requires it, since `go install …@version` refuses modules with `replace` lines.
 */
export interface Recipe {
  module: string;
  /** With the `v`. */
  version: string;
  /** The command's package, or the source of a `main` package of our own. */
  command: { package: string } | { source: string };
  /** `-X` assignments for the linker, without the `-X`. */
  stamps: readonly string[];
  /** Replacements by a folder in the module's own go.mod, which the module's archive lacks, are taken at this version. */
  stagedVersion?: string;
  /** C and C++ sources are compiled in; `headers` come from other modules, as module archives leave out `vendor` folders. */
  native?: { headers: readonly Header[] };
  /** What compiling writes below GOCACHE and GOMODCACHE when both are empty. */
  diskBytes: number;
}

export interface Header {
  /** Path in the include folder. */
  as: string;
  from: { module: string; version: string; path: string } | { text: string };
}

/** All of them ask for it in their go.mod. */
export const goNeeded = "1.26.0";

const gib = 1024 ** 3;

export const recipes: Readonly<Record<BinaryName, Recipe>> = {
  etcd: {
    module: "go.etcd.io/etcd/server/v3",
    version: `v${catalog.etcd.version}`,
    command: { package: "go.etcd.io/etcd/server/v3" },
    stamps: [],
    diskBytes: 1 * gib,
  },
  "kube-apiserver": ofKubernetes("kube-apiserver", 3 * gib),
  kubectl: ofKubernetes("kubectl", 2 * gib),
  ollama: {
    module: "github.com/ollama/ollama",
    version: `v${catalog.ollama.version}`,
    command: { package: "github.com/ollama/ollama" },
    stamps: [`github.com/ollama/ollama/version.Version=${catalog.ollama.version}`],
    native: {
      headers: [
        { as: "nlohmann/json.hpp", from: ollamaBeforeVendoring("llama/json.hpp") },
        { as: "nlohmann/json_fwd.hpp", from: { text: '#include "json.hpp"\n' } },
        { as: "stb/stb_image.h", from: ollamaBeforeVendoring("llama/stb_image.h") },
        {
          as: "miniaudio/miniaudio.h",
          from: { module: "github.com/gen2brain/malgo", version: "v0.11.24", path: "miniaudio.h" },
        },
      ],
    },
    diskBytes: 2 * gib,
  },
  // The project's own main.go brings three clouds' libraries with it; disk and memory are all that a test needs.
  registry: {
    module: "github.com/distribution/distribution/v3",
    version: `v${catalog.registry.version}`,
    command: { source: registryMain() },
    stamps: [`github.com/distribution/distribution/v3/version.version=v${catalog.registry.version}`],
    diskBytes: 1 * gib,
  },
  "kube-controller-manager": ofKubernetes("kube-controller-manager", 3 * gib),
  "kube-scheduler": ofKubernetes("kube-scheduler", 2 * gib),
  kubelet: ofKubernetes("kubelet", 3 * gib),
  "kube-proxy": ofKubernetes("kube-proxy", 2 * gib),
  coredns: {
    module: "github.com/coredns/coredns",
    version: `v${catalog.coredns.version}`,
    command: { package: "github.com/coredns/coredns" },
    stamps: [],
    diskBytes: 2 * gib,
  },
  helm: {
    module: "helm.sh/helm/v4",
    version: `v${catalog.helm.version}`,
    command: { package: "helm.sh/helm/v4/cmd/helm" },
    stamps: [`helm.sh/helm/v4/internal/version.version=v${catalog.helm.version}`],
    diskBytes: 2 * gib,
  },
  kubeconform: {
    module: "github.com/yannh/kubeconform",
    version: `v${catalog.kubeconform.version}`,
    command: { package: "github.com/yannh/kubeconform/cmd/kubeconform" },
    stamps: [`main.version=v${catalog.kubeconform.version}`],
    diskBytes: 1 * gib,
  },
  crane: {
    module: "github.com/google/go-containerregistry",
    version: `v${catalog.crane.version}`,
    command: { package: "github.com/google/go-containerregistry/cmd/crane" },
    stamps: [`github.com/google/go-containerregistry/cmd/crane/cmd.Version=${catalog.crane.version}`],
    diskBytes: 1 * gib,
  },
  "kube-score": {
    module: "github.com/zegl/kube-score",
    version: `v${catalog["kube-score"].version}`,
    command: { package: "github.com/zegl/kube-score/cmd/kube-score" },
    stamps: [`main.version=${catalog["kube-score"].version}`],
    diskBytes: 1 * gib,
  },
  kwok: {
    module: "sigs.k8s.io/kwok",
    version: `v${catalog.kwok.version}`,
    command: { package: "sigs.k8s.io/kwok/cmd/kwok" },
    stamps: [`sigs.k8s.io/kwok/pkg/consts.Version=v${catalog.kwok.version}`],
    diskBytes: 2 * gib,
  },
  kind: {
    module: "sigs.k8s.io/kind",
    version: `v${catalog.kind.version}`,
    command: { package: "sigs.k8s.io/kind" },
    stamps: [],
    diskBytes: 1 * gib,
  },
};

function ofKubernetes(program: BinaryName, diskBytes: number): Recipe {
  const { version } = catalog[program];
  const [major, minor, patch] = version.split(".");
  const stamps = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((versionPackage) => [
    `${versionPackage}.gitVersion=v${version}`,
    `${versionPackage}.gitMajor=${major}`,
    `${versionPackage}.gitMinor=${minor}`,
    `${versionPackage}.gitTreeState=clean`,
  ]);
  return {
    module: "k8s.io/kubernetes",
    version: `v${version}`,
    command: { package: `k8s.io/kubernetes/cmd/${program}` },
    stamps,
    // The staged modules are published with the minor version of Kubernetes in a major version of 0.
    stagedVersion: `v0.${minor}.${patch}`,
    diskBytes,
  };
}

/** The last releases whose headers lay outside a folder named `vendor`. */
function ollamaBeforeVendoring(path: string): { module: string; version: string; path: string } {
  return { module: "github.com/ollama/ollama", version: "v0.5.4", path };
}

function registryMain(): string {
  return `package main

import (
	"os"

	"github.com/distribution/distribution/v3/registry"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
)

func main() {
	if registry.RootCmd.Execute() != nil {
		os.Exit(1)
	}
}
`;
}
