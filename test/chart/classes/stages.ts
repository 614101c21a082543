/**
 * What kwok plays in the place of a kubelet: a node is Ready and says so in its lease, a pod that was given to a node is Ready, one that is to go is gone.
 * https://kwok.sigs.k8s.io/docs/user/stages-configuration/
 */
import { stringify } from "yaml";

const apiVersion = "kwok.x-k8s.io/v1alpha1";

interface Selector {
  key: string;
  operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  values?: string[];
}

const ready = '.status.conditions.[] | select( .type == "Ready" ) | .status';
const goes = ".metadata.deletionTimestamp";

/** Text of the file that `--config` names. Parts of what a node or a pod has already (its capacity, its name) stay as they are. */
export const stages: string = [
  stage("node-ready", "Node", [{ key: ready, operator: "NotIn", values: ["True"] }], {
    statusTemplate: `
{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
phase: Running
`,
  }),
  stage(
    "pod-ready",
    "Pod",
    [
      { key: goes, operator: "DoesNotExist" },
      { key: ".status.phase", operator: "In", values: ["Pending"] },
    ],
    {
      statusTemplate: `
{{ $now := Now }}
conditions:
{{ range $type := list "Initialized" "ContainersReady" "Ready" }}
- { type: {{ $type | Quote }}, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- { name: {{ .name | Quote }}, image: {{ .image | Quote }}, ready: true, started: true, restartCount: 0, state: { running: { startedAt: {{ $now | Quote }} } } }
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
`,
    },
  ),
  stage("pod-gone", "Pod", [{ key: goes, operator: "Exists" }], { delete: true }),
].join("---\n");

function stage(name: string, kind: string, matchExpressions: Selector[], next: object): string {
  const spec = { resourceRef: { apiGroup: "v1", kind }, selector: { matchExpressions }, next };
  return stringify({ apiVersion, kind: "Stage", metadata: { name }, spec });
}
