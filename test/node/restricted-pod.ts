/** A pod as the chart makes them: no root, no rights, nothing to write to but /tmp and the state folder. */
import { stringify } from "yaml";
import { productImage } from "./images.ts";
import type { Substrate } from "./substrate.ts";

export interface PodSpec {
  name: string;
  namespace: string;
  args?: readonly string[];
  /** In place of the image's own entry point. */
  command?: readonly string[];
  env?: Readonly<Record<string, string>>;
  serviceAccount?: string;
  /** Port of `/readyz`. */
  readyPort?: number;
}

export function podManifest({ name, namespace, args, command, env, serviceAccount, readyPort }: PodSpec): string {
  const ready = { httpGet: { path: "/readyz", port: readyPort }, periodSeconds: 1 };
  return stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace },
    spec: {
      restartPolicy: "Never",
      terminationGracePeriodSeconds: 10,
      automountServiceAccountToken: serviceAccount !== undefined,
      ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
      securityContext: { runAsNonRoot: true, fsGroup: 65_532, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          name: "main",
          image: productImage,
          imagePullPolicy: "Never",
          ...(args === undefined ? {} : { args }),
          ...(command === undefined ? {} : { command }),
          env: Object.entries(env ?? {}).map(([key, value]) => ({ name: key, value })),
          securityContext: {
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
          },
          ...(readyPort === undefined ? {} : { readinessProbe: ready }),
          volumeMounts: [
            { name: "tmp", mountPath: "/tmp" },
            { name: "state", mountPath: "/var/lib/commonhold" },
          ],
        },
      ],
      volumes: [
        { name: "tmp", emptyDir: {} },
        { name: "state", emptyDir: {} },
      ],
    },
  });
}

/** Runs one to its end: what it printed, and its exit code. */
export async function runPod(node: Substrate, spec: PodSpec): Promise<{ code: number; text: string }> {
  const { name, namespace } = spec;
  await node.kubectl(["apply", "-f", "-"], podManifest(spec));
  const ended = "jsonpath={.status.containerStatuses[0].state.terminated}";
  await node.kubectl(["-n", namespace, "wait", `pod/${name}`, `--for=${ended}`, "--timeout=180s"]);
  const text = await node.kubectl(["-n", namespace, "logs", name]);
  const path = "jsonpath={.status.containerStatuses[0].state.terminated.exitCode}";
  const code = Number(await node.kubectl(["-n", namespace, "get", `pod/${name}`, "-o", path]));
  await node.kubectl(["-n", namespace, "delete", `pod/${name}`, "--now"]);
  return { code, text };
}
