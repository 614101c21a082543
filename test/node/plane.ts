/** The control plane of a whole cluster: what `npm start` leaves out (ServiceAccount admission, controllers, scheduler) is on. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { certificateDirectory, isApiserverReady } from "../../cli/up/control-plane/apiserver.ts";
import { readCertificate } from "../../cli/up/control-plane/certificate.ts";
import { startEtcd } from "../../cli/up/control-plane/etcd.ts";
import { admin, type Identity, writeTokens } from "../../cli/up/control-plane/identities.ts";
import { renderKubeconfig } from "../../cli/up/control-plane/kubeconfig.ts";
import { waitReady } from "../../cli/up/processes/readiness.ts";
import type { Stack } from "../../cli/up/processes/stack.ts";
import { keptSigningKey } from "../../cli/up/state/secrets.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { type Enclosure, nodeAddress, podNetwork, serviceNetwork } from "./enclosure.ts";
import type { NodePrograms } from "./programs.ts";

export const nodeName = "spare-computer";
const apiPort = 6443;
export const apiUrl = `https://${nodeAddress}:${apiPort}`;

const kubelet: Identity = { name: "kubelet", user: `system:node:${nodeName}`, groups: ["system:nodes"] };
const proxy: Identity = { name: "kube-proxy", user: "system:kube-proxy", groups: [] };
const controllers: Identity = {
  name: "kube-controller-manager",
  user: "system:kube-controller-manager",
  groups: [],
};
const scheduler: Identity = { name: "kube-scheduler", user: "system:kube-scheduler", groups: [] };
const identities = [admin, kubelet, proxy, controllers, scheduler];

export interface Plane {
  /** Path of the kubeconfig of `admin`, `kubelet`, `kube-proxy` …. */
  kubeconfig(name: string): string;
}

/** Resolves when the API answers; what it started is in `parts`. */
export async function startPlane(
  programs: NodePrograms,
  enclosure: Enclosure,
  { directory, logs, parts }: { directory: string; logs: string; parts: Stack },
): Promise<Plane> {
  mkdirSync(certificateDirectory(directory), { recursive: true });
  const tokens = writeTokens(directory, identities);
  const etcd = await startEtcd({
    command: programs.etcd,
    directory,
    logPath: join(logs, "etcd.log"),
    durable: false,
    env: { PATH: process.env["PATH"] },
    clock: systemClock,
  });
  parts.add(etcd.process);
  const key = keptSigningKey(directory, "service-account.key");
  const apiserver = parts.add(
    await enclosure.startInNetwork({
      name: "kube-apiserver",
      command: programs.apiserver,
      args: apiserverArguments(directory, etcd.endpoint, key),
    }),
  );
  const adminToken = tokens.get(admin.name) ?? "";
  const isReady = (signal: AbortSignal) => isApiserverReady(directory, apiUrl, adminToken, signal);
  await waitReady(apiserver, isReady, { deadlineMs: 120_000, clock: systemClock });
  const authority = readCertificate(certificateDirectory(directory)) ?? "";
  const kubeconfig = (name: string): string => join(directory, `${name}.kubeconfig`);
  for (const { name } of identities) {
    const text = renderKubeconfig({ server: apiUrl, authority, user: name, token: tokens.get(name) ?? "" });
    writeFileSync(kubeconfig(name), text, { mode: 0o600 });
  }
  await startControllers(programs, enclosure, { directory, key, kubeconfig, parts });
  return { kubeconfig };
}

/** The server makes its own certificate, for the address that it tells everybody and for `kubernetes.default`. */
function apiserverArguments(directory: string, etcd: string, key: string): string[] {
  return [
    `--etcd-servers=${etcd}`,
    `--secure-port=${apiPort}`,
    `--bind-address=${nodeAddress}`,
    `--advertise-address=${nodeAddress}`,
    `--cert-dir=${certificateDirectory(directory)}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    `--service-cluster-ip-range=${serviceNetwork}`,
    `--token-auth-file=${join(directory, "tokens.csv")}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
    // The name of a node means nothing to this machine.
    "--kubelet-preferred-address-types=InternalIP",
    "--profiling=false",
  ];
}

interface ControllersContext {
  directory: string;
  key: string;
  kubeconfig(name: string): string;
  parts: Stack;
}

async function startControllers(
  programs: NodePrograms,
  enclosure: Enclosure,
  { directory, key, kubeconfig, parts }: ControllersContext,
): Promise<void> {
  parts.add(
    await enclosure.startInNetwork({
      name: "kube-controller-manager",
      command: programs.controllerManager,
      args: [
        ...alone(kubeconfig("kube-controller-manager")),
        "--use-service-account-credentials=true",
        `--service-account-private-key-file=${key}`,
        `--root-ca-file=${join(certificateDirectory(directory), "apiserver.crt")}`,
        "--allocate-node-cidrs=true",
        `--cluster-cidr=${podNetwork}`,
      ],
    }),
  );
  parts.add(
    await enclosure.startInNetwork({
      name: "kube-scheduler",
      command: programs.scheduler,
      args: alone(kubeconfig("kube-scheduler")),
    }),
  );
}

/** The only one of its kind: it needs no lease. */
function alone(kubeconfig: string): string[] {
  const files = [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
  ];
  return [...files, "--bind-address=127.0.0.1", "--leader-elect=false", "--profiling=false"];
}
