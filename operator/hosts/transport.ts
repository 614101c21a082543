/**
 * Whether the way to a host may carry other people's words: encrypted, or never leaving this machine or this cluster. Judged by the URL alone,
 * before anything is sent: a name proves nothing about where it leads, except names that only the cluster's own DNS gives out.
 */
import type { AddressPolicy } from "../addresses/policy.ts";

export interface TransportSettings {
  /** Suffix of names in this cluster, usually `cluster.local`. */
  readonly clusterDomain: string;
  /** Networks inside the cluster (pods, services), as configured: plain http is fine there. */
  readonly clusterNetworks?: Pick<AddressPolicy, "isAllowedByName">;
}

export type Transport =
  | { readonly secure: true; readonly reason: "Encrypted" | "WithinMachineOrCluster"; readonly message: string }
  | { readonly secure: false; readonly reason: "PlainHttp"; readonly message: string };

export function transportOf(url: URL, settings: TransportSettings): Transport {
  if (url.protocol === "https:") return { secure: true, reason: "Encrypted", message: "The connection is encrypted." };
  const host = url.hostname.toLowerCase();
  const within = placeOf(host, Number(url.port || 80), settings);
  if (within) return { secure: true, reason: "WithinMachineOrCluster", message: `Plain http ${within}.` };
  return {
    secure: false,
    reason: "PlainHttp",
    message: `Plain http to ${host}: anybody on the way can read and change what is sent. Give the host an https endpoint (publicKeySha256 pins a self-signed certificate).`,
  };
}

function placeOf(
  host: string,
  port: number,
  { clusterDomain, clusterNetworks }: TransportSettings,
): string | undefined {
  const address = host.replace(/^\[(.*)\]$/, "$1");
  // WHATWG URLs write every IPv4 form as four decimals, and IPv6 in its shortest form.
  if (host === "localhost" || /^127\.\d+\.\d+\.\d+$/.test(address) || address === "::1") return "on this machine";
  const name = host.replace(/\.$/, "");
  const suffix = clusterDomain.toLowerCase();
  if (name.endsWith(".svc") || name.endsWith(`.svc.${suffix}`) || name.endsWith(`.pod.${suffix}`)) {
    return "inside the cluster";
  }
  return clusterNetworks?.isAllowedByName(address, port) ? "inside the cluster" : undefined;
}
