/** What a machine must have before it can be made a node of a cluster, and what to do about the rest. */
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { isNodeAlready } from "./control-groups.ts";

const programs: Readonly<Record<string, string>> = {
  containerd: "containerd",
  ctr: "containerd",
  runc: "runc",
  buildah: "buildah",
  mmdebstrap: "mmdebstrap",
  nft: "nftables",
  conntrack: "conntrack",
  ip: "iproute2",
  unshare: "util-linux",
  nsenter: "util-linux",
};

/** Where Debian's containernetworking-plugins are, unless the environment says something else. */
export const networkPlugins = process.env["COMMONHOLD_CNI_PLUGINS"] ?? "/usr/lib/cni";

/** Throws one sentence that names all that is missing: these tests are never passed over in silence. */
export function assertNodePossible(): void {
  const lacking = [...unfit(), ...missing()];
  if (lacking.length === 0) return;
  throw new Error(
    `A real node cannot be started on this machine: ${lacking.join("; ")}. ` +
      "These tests run as root on Linux, in a virtual machine or a privileged container, as .ci/run starts them.",
  );
}

function unfit(): string[] {
  if (process.platform !== "linux") return [`it runs ${process.platform}, and a kubelet needs Linux`];
  const isRoot = process.getuid?.() === 0;
  return [
    ...(isRoot ? [] : ["this user is not root, who alone may make namespaces, mounts and cgroups for containers"]),
    ...(isRoot && !isWritable("/sys/fs/cgroup") ? ["/sys/fs/cgroup cannot be written to"] : []),
    ...(isRoot && isNodeAlready() ? ["it is a node of another cluster already: pods run on it"] : []),
  ];
}

function missing(): string[] {
  const packages = new Set(Object.keys(programs).flatMap((name) => (isOnPath(name) ? [] : (programs[name] ?? []))));
  if (!existsSync(join(networkPlugins, "bridge"))) packages.add("containernetworking-plugins");
  return packages.size === 0 ? [] : [`missing: apt-get install --no-install-recommends ${[...packages].join(" ")}`];
}

function isOnPath(name: string): boolean {
  // Debian keeps some of them out of the PATH of users.
  return `${process.env["PATH"]}:/usr/sbin:/sbin`.split(delimiter).some((folder) => existsSync(join(folder, name)));
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
