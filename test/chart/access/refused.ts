/** What an account must not be able to do beside what nobody of ours may (nobody.ts). A policy's sentence is given where RBAC would let it through. */
import { annotations, fieldManagers } from "../../../operator/apis/group.ts";
import { apply, type Call, get, merge, post, put, remove, watch } from "./call.ts";
import * as at from "./places.ts";

export interface Refusal {
  readonly call: Call;
  /** Part of the sentence; left out where RBAC refuses, whose words follow from the call. */
  readonly says?: string;
}

const { ours, system, governed, foreign } = at;
const chat = `${at.deployments(governed)}/chat`;
const theirs = `${at.deployments(foreign)}/theirs`;
const tower = `${ours}/modelhosts/tower`;
const alice = `${ours}/members/alice`;
const d1 = `${ours}/decisions/d1`;

const rbac = (calls: Readonly<Record<string, Call>>): Record<string, Refusal> =>
  Object.fromEntries(Object.entries(calls).map(([sentence, call]) => [sentence, { call }]));
const policy = (says: string, calls: Readonly<Record<string, Call>>): Record<string, Refusal> =>
  Object.fromEntries(Object.entries(calls).map(([sentence, call]) => [sentence, { call, says }]));

const operator: Record<string, Refusal> = {
  ...rbac({
    "make a ModelDeployment, governed or not": post(at.deployments(foreign), at.modelDeployment("mine", foreign)),
    "replace a ModelDeployment": put(theirs),
    "delete a governed ModelDeployment": remove(chat),
    "delete a ModelDeployment that nobody governs": remove(theirs),
    "scale a ModelDeployment": merge(`${theirs}/scale`, { spec: { replicas: 9 } }),
    "make a ModelHost": post(`${ours}/modelhosts`, at.modelHost("mine")),
    "delete a ModelHost": remove(tower),
    "list Members, whose keys are none of its business": get(`${ours}/members`),
    "watch Members": watch(`${ours}/members`),
    "read a Member": get(alice),
    "make a Member": post(`${ours}/members`, at.member("mine")),
    "give a Member a key": merge(alice, { spec: { keys: [] } }),
    "delete a Member": remove(alice),
    "list Decisions": get(`${ours}/decisions`),
    "make a Decision": post(`${ours}/decisions`, at.decision("mine")),
    "change a Decision": merge(d1, { spec: { title: "mine" } }),
    "say how a decision stands": merge(`${d1}/status`, { status: { state: "passed" } }),
    "delete a Decision": remove(d1),
    "list Nodes": get("/api/v1/nodes"),
    "read a namespace": get(at.inside(governed)),
    "keep the Lease of governance": put(`${at.leases(system)}/commonhold-governance`),
    "change the checkpoint of the decision log": merge(`${at.inside(system)}/configmaps/commonhold-governance`, {}),
  }),
  ...policy("the operator may write its status and its own finalizer there, and nothing else", {
    "change what a governed ModelDeployment runs": merge(chat, { spec: { model: { ollama: "other" } } }),
    "change how many replicas a governed ModelDeployment has": merge(chat, { spec: { replicas: 7 } }),
    "label a governed ModelDeployment": merge(chat, { metadata: { labels: { a: "b" } } }),
    "annotate a governed ModelDeployment": merge(chat, { metadata: { annotations: { a: "b" } } }),
    "put another's finalizer on a governed ModelDeployment": merge(chat, { metadata: { finalizers: ["a.example/b"] } }),
    "give a governed ModelDeployment an owner": merge(chat, {
      metadata: { ownerReferences: [{ apiVersion: "v1", kind: "Node", name: at.node, uid: "1" }] },
    }),
    "become an owner of what was decided by applying the same": apply(
      chat,
      at.modelDeployment("chat", governed),
      fieldManagers.operator,
    ),
    "change the address of a ModelHost": merge(tower, {
      spec: { endpoint: { direct: { url: "https://evil.example" } } },
    }),
    "give up a machine": merge(tower, { metadata: { annotations: { [annotations.abandon]: "true" } } }),
  }),
};

const gateway: Record<string, Refusal> = rbac({
  "read one ModelDeployment by name": get(chat),
  "make a ModelDeployment": post(at.deployments(foreign), at.modelDeployment("mine", foreign)),
  "change a governed ModelDeployment": merge(chat, { spec: { replicas: 9 } }),
  "change a ModelDeployment that nobody governs": merge(theirs, { spec: { replicas: 9 } }),
  "apply a ModelDeployment": apply(theirs, at.modelDeployment("theirs", foreign), "commonhold-gateway"),
  "scale a ModelDeployment": merge(`${theirs}/scale`, { spec: { replicas: 9 } }),
  "say that a replica is ready": merge(`${theirs}/status`, { status: { observedGeneration: 9 } }),
  "delete a governed ModelDeployment": remove(chat),
  "delete a ModelDeployment that nobody governs": remove(theirs),
  "make a ModelHost": post(`${ours}/modelhosts`, at.modelHost("mine")),
  "send questions elsewhere by changing a ModelHost": merge(tower, { spec: { pause: true } }),
  "say that a machine is ready": merge(`${tower}/status`, { status: { observedGeneration: 9 } }),
  "delete a ModelHost": remove(tower),
  "read one Member by name": get(alice),
  "make a Member": post(`${ours}/members`, at.member("mine")),
  "give a Member a key": merge(alice, { spec: { keys: [] } }),
  "raise a Member's limits": merge(alice, { spec: { limits: {} } }),
  "delete a Member": remove(alice),
  "list Decisions": get(`${ours}/decisions`),
  "make a Decision": post(`${ours}/decisions`, at.decision("mine")),
  "delete a Decision": remove(d1),
  "list the roots of the work ledger": get(`${ours}/ledgerroots`),
  "make a Lease": post(at.leases(system), at.lease("mine")),
  "keep the operator's Lease": put(`${at.leases(system)}/commonhold-operator`),
  "tell that something happened": post(at.events(system), at.event(system)),
  "read a Node": get(`/api/v1/nodes/${at.node}`),
  "list Nodes": get("/api/v1/nodes"),
  "read a namespace": get(at.inside(governed)),
  "read the checkpoint of the decision log": get(`${at.inside(system)}/configmaps/commonhold-governance`),
});

const governance: Record<string, Refusal> = {
  ...rbac({
    "read a Secret, not even beside itself": get(`${at.inside(system)}/secrets/host-token`),
    "say that a replica is ready": merge(`${chat}/status`, { status: { observedGeneration: 9 } }),
    "say that a machine is ready": merge(`${tower}/status`, { status: { observedGeneration: 9 } }),
    "replace a ModelDeployment": put(chat),
    "scale a ModelDeployment beside what was decided": merge(`${chat}/scale`, { spec: { replicas: 9 } }),
    "watch Decisions, which only it writes": watch(`${ours}/decisions`),
    "make a root of the work ledger": post(`${ours}/ledgerroots`, {}),
    "change a root of the work ledger": merge(`${ours}/ledgerroots/r1`, {}),
    "delete a root of the work ledger": remove(`${ours}/ledgerroots/r1`),
    "read a Node": get(`/api/v1/nodes/${at.node}`),
    "list Nodes": get("/api/v1/nodes"),
    "keep the operator's Lease": put(`${at.leases(system)}/commonhold-operator`),
    "drop its own checkpoint": remove(`${at.inside(system)}/configmaps/commonhold-governance`),
    "write a ConfigMap of its own name elsewhere": merge(`${at.inside(foreign)}/configmaps/commonhold-governance`, {}),
    "list namespaces": get("/api/v1/namespaces"),
  }),
  ...policy("spec.keys is written by who may update members/keys", {
    "give a Member a key": merge(alice, { spec: { keys: [at.key] } }),
    "make a Member who has a key": post(`${ours}/members`, at.member("mine", { keys: [at.key] })),
  }),
};

const registryFiller: Record<string, Refusal> = rbac({
  "read one ModelDeployment": get(chat),
  "say how a ModelDeployment is": apply(`${chat}/status`, at.modelDeployment("chat", governed), fieldManagers.operator),
  "change what shall be served": merge(theirs, { spec: { replicas: 9 } }),
  "make a ModelDeployment": post(at.deployments(foreign), at.modelDeployment("mine", foreign)),
  "delete a ModelDeployment": remove(theirs),
  "list ModelHosts": get(`${ours}/modelhosts`),
  "list Members": get(`${ours}/members`),
  "watch Members": watch(`${ours}/members`),
  "list decisions": get(`${ours}/decisions`),
  "read a Secret beside it": get(`${at.inside(system)}/secrets/host-token`),
  "read a ConfigMap beside it": get(`${at.inside(system)}/configmaps/commonhold-registry`),
  "make a Lease": post(at.leases(system), at.lease("mine")),
  "tell that something happened": post(at.events(governed), at.event(governed)),
});

export const refused: Readonly<Record<string, Readonly<Record<string, Refusal>>>> = {
  "commonhold-operator": operator,
  "commonhold-gateway": gateway,
  "commonhold-governance": governance,
  "commonhold-registry-filler": registryFiller,
};
