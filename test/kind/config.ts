/** What kind is told to make: one node, in whose container this machine's temporary files lie, and one port of this machine that leads in. */
import { podNetwork, serviceNetwork } from "../node/enclosure.ts";

/**
 * The node image that was published with the release of kind that we take (cli/up/binaries/catalog.ts), of the Kubernetes that the other tests
 * run on: https://github.com/kubernetes-sigs/kind/blob/v0.32.0/pkg/apis/config/defaults/image.go
 */
export const nodeImage = "kindest/node:v1.36.1@sha256:3489c7674813ba5d8b1a9977baea8a6e553784dab7b84759d1014dbd78f7ebd5";

/** Where the node has them; its own /tmp is in memory, and pods see none of it. */
export const temporaryOnNode = "/var/commonhold-tests";
/** Of the range for NodePorts. */
export const outsideNodePort = 30_435;

export interface KindWishes {
  /** This machine's folder for temporary files. */
  temporary: string;
  /** Port on this machine's loopback that leads to the node's `outsideNodePort`. */
  outsidePort: number;
}

/** https://kind.sigs.k8s.io/docs/user/configuration/ */
export function kindConfig({ temporary, outsidePort }: KindWishes): object {
  return {
    kind: "Cluster",
    apiVersion: "kind.x-k8s.io/v1alpha4",
    networking: { ipFamily: "ipv4", podSubnet: podNetwork, serviceSubnet: serviceNetwork },
    nodes: [
      {
        role: "control-plane",
        image: nodeImage,
        extraMounts: [{ hostPath: temporary, containerPath: temporaryOnNode }],
        extraPortMappings: [{ containerPort: outsideNodePort, hostPort: outsidePort, listenAddress: "127.0.0.1" }],
      },
    ],
  };
}
