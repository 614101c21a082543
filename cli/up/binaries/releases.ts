import { type BinaryName, catalog } from "./catalog.ts";
import type { Platform } from "./platform.ts";

/** Where the projects publish; a test puts a server of its own in their place. */
export interface Origins {
  kubernetes: string;
  github: string;
}

export const officialOrigins: Origins = { kubernetes: "https://dl.k8s.io", github: "https://github.com" };

/** An official release and how its archive becomes `bin/<program>` and what must lie beside that. */
export interface Release {
  url: string;
  /** A text file with the SHA-256: the sum alone, or lines of `<sum>  <file>`. */
  checksumUrl: string;
  /** The file's name in `checksumUrl`. */
  file: string;
  form: "program" | "tgz" | "tzst" | "zip";
  /** In an archive: the one program to keep, or the folder (relative to the version's) into which all of it goes. */
  keep: { member: string } | { into: string };
  /** How many times the archive's size it needs on disk while it is unpacked, itself included. */
  diskFactor: number;
}

/** The release to download, or undefined where its project publishes none for this platform. */
export function releaseOf(name: BinaryName, platform: Platform, origins: Origins): Release | undefined {
  return releases[name](platform, catalog[name].version, origins);
}

type ReleaseFor = (platform: Platform, version: string, origins: Origins) => Release | undefined;

const releases: Readonly<Record<BinaryName, ReleaseFor>> = {
  etcd: ({ os, arch }, version, { github }) => {
    const folder = `${github}/etcd-io/etcd/releases/download/v${version}`;
    const base = `etcd-v${version}-${os}-${arch}`;
    const file = os === "linux" ? `${base}.tar.gz` : `${base}.zip`;
    return {
      url: `${folder}/${file}`,
      checksumUrl: `${folder}/SHA256SUMS`,
      file,
      form: os === "linux" ? "tgz" : "zip",
      keep: { member: `${base}/etcd` },
      diskFactor: 5,
    };
  },
  // Kubernetes publishes its servers for Linux only.
  "kube-apiserver": forLinux("kube-apiserver"),
  kubectl: (platform, version, origins) => kubernetesProgram("kubectl", platform, version, origins),
  // Linux: bin/ollama and lib/ollama/. macOS: the program and its libraries in one folder.
  ollama: ({ os, arch }, version, { github }) => {
    const folder = `${github}/ollama/ollama/releases/download/v${version}`;
    const file = os === "linux" ? `ollama-linux-${arch}.tar.zst` : "ollama-darwin.tgz";
    return {
      url: `${folder}/${file}`,
      checksumUrl: `${folder}/sha256sum.txt`,
      file,
      form: os === "linux" ? "tzst" : "tgz",
      keep: { into: os === "linux" ? "." : "bin" },
      // The archive, the tar in it, and what that holds.
      diskFactor: 6,
    };
  },
  registry: ({ os, arch }, version, { github }) =>
    tarball(
      `${github}/distribution/distribution/releases/download/v${version}`,
      `registry_${version}_${os}_${arch}.tar.gz`,
      {
        member: "registry",
      },
    ),
  "kube-controller-manager": forLinux("kube-controller-manager"),
  "kube-scheduler": forLinux("kube-scheduler"),
  kubelet: forLinux("kubelet"),
  "kube-proxy": forLinux("kube-proxy"),
  coredns: ({ os, arch }, version, { github }) =>
    tarball(`${github}/coredns/coredns/releases/download/v${version}`, `coredns_${version}_${os}_${arch}.tgz`, {
      member: "coredns",
    }),
  // Its releases lie on a server of its own, of which we take nothing: it is built.
  helm: () => undefined,
  kubeconform: ({ os, arch }, version, { github }) =>
    tarball(`${github}/yannh/kubeconform/releases/download/v${version}`, `kubeconform-${os}-${arch}.tar.gz`, {
      member: "kubeconform",
      checksums: "CHECKSUMS",
    }),
  crane: ({ os, arch }, version, { github }) =>
    tarball(
      `${github}/google/go-containerregistry/releases/download/v${version}`,
      `go-containerregistry_${os === "linux" ? "Linux" : "Darwin"}_${arch === "amd64" ? "x86_64" : arch}.tar.gz`,
      { member: "crane", checksums: "checksums.txt" },
    ),
  "kube-score": ({ os, arch }, version, { github }) =>
    tarball(`${github}/zegl/kube-score/releases/download/v${version}`, `kube-score_${version}_${os}_${arch}.tar.gz`, {
      member: "kube-score",
      checksums: "checksums.txt",
    }),
  // It publishes programs without any checksum: it is built.
  kwok: () => undefined,
  kind: ({ os, arch }, version, { github }) => {
    const file = `kind-${os}-${arch}`;
    const url = `${github}/kubernetes-sigs/kind/releases/download/v${version}/${file}`;
    return {
      url,
      checksumUrl: `${url}.sha256sum`,
      file,
      form: "program",
      keep: { member: file },
      diskFactor: 1,
    };
  },
};

/** `checksums`: the list beside it that has its sum; left out, a file of its own has. */
function tarball(folder: string, file: string, { member, checksums }: { member: string; checksums?: string }): Release {
  return {
    url: `${folder}/${file}`,
    checksumUrl: `${folder}/${checksums ?? `${file}.sha256`}`,
    file,
    form: "tgz",
    keep: { member },
    diskFactor: 5,
  };
}

function forLinux(program: string): ReleaseFor {
  return (platform, version, origins) =>
    platform.os === "linux" ? kubernetesProgram(program, platform, version, origins) : undefined;
}

function kubernetesProgram(program: string, platform: Platform, version: string, { kubernetes }: Origins): Release {
  const url = `${kubernetes}/v${version}/bin/${platform.os}/${platform.arch}/${program}`;
  return {
    url,
    checksumUrl: `${url}.sha256`,
    file: program,
    form: "program",
    keep: { member: program },
    diskFactor: 1,
  };
}
