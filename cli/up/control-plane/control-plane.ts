import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../../../operator/clock/system.ts";
import type { LeashedProcess } from "../processes/start.ts";
import { certificateDirectory } from "./apiserver.ts";
import { dropOldCertificate } from "./certificate.ts";
import { admin, type Identity, writeTokens } from "./identities.ts";
import { type ControlPlaneOptions, type Part, type Parts, PartsRunner } from "./parts.ts";

export { type Identity, serviceAccount } from "./identities.ts";
export type { ControlPlaneOptions, Part } from "./parts.ts";

/**
 * A real Kubernetes API on this machine: etcd and kube-apiserver, RBAC enforced, ServiceAccount tokens and TokenReview
 * included. There is no controller-manager: nothing is garbage collected, a namespace's deletion does not finish, and
 * namespaces get no default ServiceAccount.
 */
export interface ControlPlane {
  readonly name: string;
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  readonly adminKubeconfigPath: string;
  readonly kubectlPath: string;
  /** One JSON object a line, each an `audit.k8s.io/v1` Event; written only with `audit: true`. */
  readonly auditLogPath: string;
  /** PEM text to check the server's certificate with. */
  readonly authority: string;
  readonly apiserver: LeashedProcess;
  readonly etcd: LeashedProcess;
  /** Path of the kubeconfig of `admin` or of one of the identities given (the identity or its name). */
  kubeconfig(identity: Identity | string): string;
  token(identity: Identity | string): string;
  /** Starts what does not run, on the same data and, while it is free, the same port. Resolves when the API answers. */
  start(): Promise<void>;
  /** API server first, then etcd, each given time to stop well. */
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** KILL for one part, or both; resolves when dead. */
  kill(part?: Part): Promise<void>;
  /** Any other signal, e.g. SIGSTOP and SIGCONT to freeze a part and let it go on. */
  signal(part: Part, signal: NodeJS.Signals): void;
  /**
   * Drops etcd's history up to now and resolves to the revision. A watch from an older resourceVersion then gets 410 Gone,
   * unless the API server's watch cache still remembers: start it with `--watch-cache=false`, or kill and start it.
   */
  compact(): Promise<number>;
}

/** Starts one, or rejects with a ProcessFailure that says which part failed and what to do. Leaves nothing running then. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const directory = resolve(options.directory);
  mkdirSync(certificateDirectory(directory), { recursive: true, mode: 0o700 });
  const clock = options.clock ?? systemClock;
  dropOldCertificate(certificateDirectory(directory), clock.now());
  const identities = [admin, ...(options.identities ?? [])];
  const parts = new PartsRunner({ ...options, directory, clock }, identities, writeTokens(directory, identities));
  await parts.start();
  return controlPlane(options, parts);
}

function controlPlane(options: ControlPlaneOptions, parts: PartsRunner): ControlPlane {
  const running = (): Parts => parts.current();
  return {
    name: "control plane",
    get url() {
      return parts.url;
    },
    get authority() {
      return running().authority;
    },
    get apiserver() {
      return running().apiserver;
    },
    get etcd() {
      return running().etcd.process;
    },
    adminKubeconfigPath: parts.kubeconfigPath(admin.name),
    kubectlPath: options.programs.kubectl,
    auditLogPath: parts.auditLogPath,
    kubeconfig: (identity) => parts.kubeconfigPath(nameOf(identity)),
    token: (identity) => parts.token(nameOf(identity)),
    start: () => parts.start(),
    stop: () => parts.stop(),
    restart: async () => {
      await parts.stop();
      await parts.start();
    },
    kill: (part) => parts.kill(part),
    signal: (part, signal) => (part === "etcd" ? running().etcd.process : running().apiserver).kill(signal),
    compact: () => compact(running()),
  };
}

function nameOf(identity: Identity | string): string {
  return typeof identity === "string" ? identity : identity.name;
}

/** https://etcd.io/docs/v3.6/dev-guide/api_reference_v3/ (Compact): everything older than the present revision goes. */
async function compact({ etcd }: Parts): Promise<number> {
  const { header } = (await etcd.call("/v3/kv/range", { key: "AA==", count_only: true })) as Answer;
  await etcd.call("/v3/kv/compaction", { revision: header.revision, physical: true });
  return Number(header.revision);
}

interface Answer {
  header: { revision: string };
}
