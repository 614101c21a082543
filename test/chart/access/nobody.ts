/** What no account of ours may do, whatever else it may: tried with the token of each. */
import { type Call, get, merge, post, put, remove, watch } from "./call.ts";
import * as at from "./places.ts";
import type { Refusal } from "./refused.ts";

const { ours, core, system, governed, foreign, inside } = at;

const secrets: Record<string, Call> = {
  "read another namespace's Secret": get(`${inside(foreign)}/secrets/theirs`),
  "read a Secret of the cluster's own parts": get(`${inside("kube-system")}/secrets/any`),
  "read the key of the policy repository beside it": get(`${inside(system)}/secrets/policy-access`),
  "read a Secret beside it that hostSecrets does not name": get(`${inside(system)}/secrets/unnamed`),
  "read what Helm keeps of the release beside it": get(`${inside(system)}/secrets/sh.helm.release.v1.commonhold.v1`),
  "read one beside it that there is not": get(`${inside(system)}/secrets/none`),
  "list the Secrets beside it": get(`${inside(system)}/secrets`),
  "watch the Secrets beside it": watch(`${inside(system)}/secrets`),
  "list another namespace's Secrets": get(`${inside(foreign)}/secrets`),
  "list all Secrets of the cluster": get(`${core}/secrets`),
  "make a Secret beside it": post(`${inside(system)}/secrets`, { metadata: { name: "mine" } }),
  "change a Secret that a ModelHost names": merge(`${inside(system)}/secrets/host-token`, {
    stringData: { token: "x" },
  }),
  "delete a Secret beside it": remove(`${inside(system)}/secrets/host-token`),
  "delete all Secrets beside it": remove(`${inside(system)}/secrets`),
};

const pods: Record<string, Call> = {
  "start a Pod beside it": post(`${inside(system)}/pods`, { metadata: { name: "mine" }, spec: at.podSpec }),
  "start a Pod among the cluster's own parts": post(`${inside("kube-system")}/pods`, {
    metadata: { name: "mine" },
    spec: at.podSpec,
  }),
  "start a Pod where the community governs": post(`${inside(governed)}/pods`, {
    metadata: { name: "mine" },
    spec: at.podSpec,
  }),
  "list the Pods beside it": get(`${inside(system)}/pods`),
  "list all Pods of the cluster": get(`${core}/pods`),
  "run a command in a Pod": post(`${inside(system)}/pods/any/exec?command=sh`, {}),
  "attach itself to a Pod": post(`${inside(system)}/pods/any/attach`, {}),
  "forward a port of a Pod": post(`${inside(system)}/pods/any/portforward`, {}),
  "read the log of a Pod": get(`${inside(system)}/pods/any/log`),
  "put a container into a running Pod": merge(`${inside(system)}/pods/any/ephemeralcontainers`, {}),
  "ask a Pod through the API server": get(`${inside(foreign)}/pods/any/proxy`),
  "evict a Pod": post(`${inside(foreign)}/pods/any/eviction`, {}),
  "say on which Node a Pod runs": post(`${inside(foreign)}/pods/any/binding`, {}),
  "delete a Pod": remove(`${inside(system)}/pods/any`),
  "change its own Deployment": merge(`${at.apps(system)}/deployments/commonhold-operator`, { spec: { replicas: 9 } }),
  "scale governance away": merge(`${at.apps(system)}/deployments/commonhold-governance/scale`, {
    spec: { replicas: 0 },
  }),
  "delete the gateway": remove(`${at.apps(system)}/deployments/commonhold-gateway`),
  "make a Deployment": post(`${at.apps(system)}/deployments`, { metadata: { name: "mine" } }),
  "make a DaemonSet, which runs on every machine": post(`${at.apps(system)}/daemonsets`, {
    metadata: { name: "mine" },
  }),
  "make a Job": post(`/apis/batch/v1/namespaces/${system}/jobs`, { metadata: { name: "mine" } }),
};

const rights: Record<string, Call> = {
  "make a token of another account beside it": post(`${at.accounts}/default/token`, { spec: {} }),
  "make a token of governance": post(`${at.accounts}/commonhold-governance/token`, { spec: {} }),
  "make a token of the operator": post(`${at.accounts}/commonhold-operator/token`, { spec: {} }),
  "make a token of the gateway": post(`${at.accounts}/commonhold-gateway/token`, { spec: {} }),
  "make an account": post(at.accounts, { metadata: { name: "mine" } }),
  "list the accounts beside it": get(at.accounts),
  "read the cluster's roles": get(`${at.rbac}/clusterroles`),
  "make a ClusterRole that may everything": post(`${at.rbac}/clusterroles`, {
    metadata: { name: "mine" },
    rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
  }),
  "give its own ClusterRole more": merge(`${at.rbac}/clusterroles/commonhold-operator`, { rules: [] }),
  "give its own Role more": merge(`${at.rbac}/namespaces/${system}/roles/commonhold-operator`, { rules: [] }),
  "bind itself to cluster-admin": post(`${at.rbac}/clusterrolebindings`, {
    metadata: { name: "mine" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
  }),
  "bind itself to who may issue keys": post(`${at.rbac}/clusterrolebindings`, {
    metadata: { name: "mine" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "commonhold-key-issuer" },
  }),
  "bind itself to a role of its namespace": post(`${at.rbac}/namespaces/${system}/rolebindings`, {
    metadata: { name: "mine" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "commonhold-governance" },
  }),
  "take governance's rights away": remove(`${at.rbac}/clusterrolebindings/commonhold-governance`),
  "ask who a token belongs to": post("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "x" } }),
  "ask what somebody else may": post("/apis/authorization.k8s.io/v1/subjectaccessreviews", { spec: { user: "admin" } }),
  "ask for a certificate": post("/apis/certificates.k8s.io/v1/certificatesigningrequests", {
    metadata: { name: "mine" },
  }),
  "approve a certificate": merge("/apis/certificates.k8s.io/v1/certificatesigningrequests/any/approval", {}),
};

const impersonation = (header: string, value: string): Call => ({
  ...get(`${core}/namespaces`),
  headers: { [`Impersonate-${header}`]: value, ...(header === "User" ? {} : { "Impersonate-User": "nobody" }) },
});

/** Which verb it lacks, `impersonate` or one of the narrower ones, is a matter of the server's version. */
const cannotImpersonate = "cannot impersonate";

const others: Record<string, Refusal> = {
  "act as the cluster's administrator": {
    call: impersonation("User", "admin"),
    says: cannotImpersonate,
  },
  "act as governance": {
    call: impersonation("User", `system:serviceaccount:${system}:commonhold-governance`),
    says: cannotImpersonate,
  },
  "act as a member of system:masters": {
    call: impersonation("Group", "system:masters"),
    says: cannotImpersonate,
  },
  "read the API server's metrics": { call: get("/metrics"), says: 'cannot get path "/metrics"' },
  "read the API server's logs": { call: get("/logs/"), says: 'cannot get path "/logs/"' },
};

const cluster: Record<string, Call> = {
  "ask a kubelet through the API server": get(`${core}/nodes/${at.node}/proxy/pods`),
  "run something by a kubelet": post(`${core}/nodes/${at.node}/proxy/run/kube-system/any/any`, {}),
  "label a Node": merge(`${core}/nodes/${at.node}`, { metadata: { labels: { a: "b" } } }),
  "taint a Node through its status": merge(`${core}/nodes/${at.node}/status`, {}),
  "delete a Node": remove(`${core}/nodes/${at.node}`),
  "make a namespace": post(`${core}/namespaces`, { metadata: { name: "mine" } }),
  "put a namespace out of the community's rule": merge(inside(governed), {
    metadata: { labels: { "commonhold.dev/governed": null } },
  }),
  "put somebody's namespace under the community's rule": merge(inside(foreign), {
    metadata: { labels: { "commonhold.dev/governed": "true" } },
  }),
  "delete a governed namespace": remove(inside(governed)),
  "finalize a namespace": put(`${inside(governed)}/finalize`),
  "read the definitions of kinds": get(at.crds),
  "change the definition of a kind": merge(`${at.crds}/members.commonhold.dev`, { spec: { scope: "Namespaced" } }),
  "say that a kind is served otherwise": merge(`${at.crds}/members.commonhold.dev/status`, {}),
  "define a kind": post(at.crds, { metadata: { name: "mine.example.org" } }),
  "delete a kind with all its objects": remove(`${at.crds}/members.commonhold.dev`),
  "delete all kinds": remove(at.crds),
  "change the policy that binds it": merge(
    `${at.admission}/validatingadmissionpolicies/commonhold-governed-objects`,
    {},
  ),
  "delete the policy that binds it": remove(`${at.admission}/validatingadmissionpolicies/commonhold-governed-objects`),
  "unbind that policy": remove(`${at.admission}/validatingadmissionpolicybindings/commonhold-governed-objects`),
  "have every write sent to itself": post(`${at.admission}/mutatingwebhookconfigurations`, {
    metadata: { name: "mine" },
  }),
  "answer for an API of the cluster": post("/apis/apiregistration.k8s.io/v1/apiservices", {
    metadata: { name: "mine" },
  }),
  "make a volume of a machine's disk": post(`${core}/persistentvolumes`, { metadata: { name: "mine" } }),
  "claim a volume": post(`${inside(system)}/persistentvolumeclaims`, { metadata: { name: "mine" } }),
  "delete the volume of the decision log": remove(`${inside(system)}/persistentvolumeclaims/commonhold-governance`),
  "open the network of Ollama": remove(
    `/apis/networking.k8s.io/v1/namespaces/${system}/networkpolicies/commonhold-ollama`,
  ),
  "let the gateway's Service lead elsewhere": merge(`${inside(system)}/services/commonhold-gateway`, {}),
  "ask a Service through the API server": get(`${inside(foreign)}/services/any/proxy/`),
  "say where a Service leads": post(`/apis/discovery.k8s.io/v1/namespaces/${system}/endpointslices`, {}),
  "change what goes first": remove("/apis/scheduling.k8s.io/v1/priorityclasses/commonhold-service"),
  "read a ConfigMap of another namespace": get(
    `${inside("kube-system")}/configmaps/extension-apiserver-authentication`,
  ),
  "list ConfigMaps": get(`${core}/configmaps`),
  "take a Lease of the cluster's own parts": put(`${at.leases("kube-system")}/kube-controller-manager`),
  "list the Leases beside it": get(at.leases(system)),
  "delete a Lease": remove(`${at.leases(system)}/commonhold-operator`),
  "read what happened": get("/apis/events.k8s.io/v1/events"),
};

const ofOurs: Record<string, Call> = {
  "delete all ModelDeployments of a namespace": remove(at.deployments(governed)),
  "delete all ModelHosts": remove(`${ours}/modelhosts`),
  "delete all Members": remove(`${ours}/members`),
  "delete all Decisions": remove(`${ours}/decisions`),
  "read the scale of a ModelDeployment": get(`${at.deployments(governed)}/chat/scale`),
  "replace a status": put(`${at.deployments(governed)}/chat/status`),
};

const byRbac = { ...secrets, ...pods, ...rights, ...cluster, ...ofOurs };

export const nobody: Readonly<Record<string, Refusal>> = {
  ...Object.fromEntries(Object.entries(byRbac).map(([sentence, call]) => [sentence, { call }])),
  ...others,
};
