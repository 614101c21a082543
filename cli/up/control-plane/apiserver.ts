import { get } from "node:https";
import { join } from "node:path";
import type { Clock } from "../../../operator/clock/clock.ts";
import { type LeashedProcess, startProcess } from "../processes/start.ts";
import { writeAtomically } from "../state/write.ts";
import { readCertificate } from "./certificate.ts";

export interface ApiserverOptions {
  /** Path of the program. */
  command: string;
  directory: string;
  logPath: string;
  etcdEndpoint: string;
  port: number;
  signingKeyPath: string;
  /** Writes an audit log (Metadata level) to that file. */
  auditLogPath?: string | undefined;
  extraArguments: readonly string[];
  env: NodeJS.ProcessEnv;
  clock: Clock;
}

export function startApiserver(options: ApiserverOptions): Promise<LeashedProcess> {
  return startProcess({
    name: "kube-apiserver",
    command: options.command,
    args: apiserverArguments(options),
    env: options.env,
    cwd: options.directory,
    logPath: options.logPath,
    clock: options.clock,
  });
}

function apiserverArguments(options: ApiserverOptions): string[] {
  const { directory, signingKeyPath } = options;
  return [
    `--etcd-servers=${options.etcdEndpoint}`,
    `--secure-port=${options.port}`,
    "--bind-address=127.0.0.1",
    // Without it the server looks for an interface that is not the loopback and fails on a machine without a network.
    "--advertise-address=127.0.0.1",
    // The `kubernetes` Service gets no endpoints: a loopback address is not allowed in them, and nobody runs in Pods here.
    "--endpoint-reconciler-type=none",
    `--cert-dir=${certificateDirectory(directory)}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${signingKeyPath}`,
    `--service-account-signing-key-file=${signingKeyPath}`,
    "--service-cluster-ip-range=10.0.0.0/24",
    `--token-auth-file=${join(directory, "tokens.csv")}`,
    "--authorization-mode=RBAC",
    // No controller makes the default ServiceAccounts that this plugin would demand for every Pod.
    "--disable-admission-plugins=ServiceAccount",
    "--profiling=false",
    ...(options.auditLogPath === undefined ? [] : auditArguments(directory, options.auditLogPath)),
    ...options.extraArguments,
  ];
}

export function certificateDirectory(directory: string): string {
  return join(directory, "certificates");
}

/** Who did what to which object, without bodies: one JSON line per request, when it is complete. */
function auditArguments(directory: string, logPath: string): string[] {
  const policyPath = join(directory, "audit-policy.yaml");
  const policy = {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived"],
    rules: [{ level: "Metadata" }],
  };
  writeAtomically(policyPath, JSON.stringify(policy));
  return [`--audit-policy-file=${policyPath}`, `--audit-log-path=${logPath}`, "--audit-log-maxsize=50"];
}

/**
 * Ready is: `/readyz` says ok (RBAC's own roles are there then), and the namespace `default`, which a background loop of
 * the server makes, exists.
 */
export async function isApiserverReady(
  directory: string,
  url: string,
  token: string,
  signal: AbortSignal,
): Promise<boolean> {
  const ca = readCertificate(certificateDirectory(directory));
  if (ca === undefined) return false;
  for (const path of ["/readyz", "/api/v1/namespaces/default"]) {
    if ((await statusOf(`${url}${path}`, ca, token, signal)) !== 200) return false;
  }
  return true;
}

function statusOf(url: string, ca: string, token: string, signal: AbortSignal): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    const call = get(url, { ca, headers, agent: false, signal, timeout: checkTimeoutMs }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on("timeout", () => call.destroy(new Error(`no answer within ${checkTimeoutMs} ms`)));
    call.on("error", reject);
  });
}

const checkTimeoutMs = 5_000;
