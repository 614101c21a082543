/** What each account has to be able to do, from what its code does: each is done, in this order, and stays done. */
import {
  deploymentFinalizer,
  fieldManagers,
  governanceConfigMap,
  hostFinalizer,
} from "../../../operator/apis/group.ts";
import { apply, type Call, get, merge, post, put, remove, watch } from "./call.ts";
import * as at from "./places.ts";

const { ours, system, governed, foreign } = at;
const chat = `${at.deployments(governed)}/chat`;
const readAll = (plural: string): Record<string, Call> => ({
  [`list all ${plural}`]: get(`${ours}/${plural}`),
  [`watch all ${plural}`]: watch(`${ours}/${plural}`),
});

const operator: Record<string, Call> = {
  ...readAll("modeldeployments"),
  ...readAll("modelhosts"),
  "read one ModelDeployment anew after a conflict": get(chat),
  "read one ModelHost anew after a conflict": get(`${ours}/modelhosts/tower`),
  "put its finalizer on a governed ModelDeployment": merge(chat, { metadata: { finalizers: [deploymentFinalizer] } }),
  "put its finalizer on a ModelHost": merge(`${ours}/modelhosts/tower`, { metadata: { finalizers: [hostFinalizer] } }),
  "take its finalizer off again": merge(chat, { metadata: { finalizers: [] } }),
  "say how a governed ModelDeployment is": apply(
    `${chat}/status`,
    {
      ...at.modelDeployment("chat", governed),
      status: { observedGeneration: 1 },
    },
    fieldManagers.operator,
  ),
  "say how a ModelDeployment is that nobody governs": apply(
    `${at.deployments(foreign)}/theirs/status`,
    {
      ...at.modelDeployment("theirs", foreign),
      status: { observedGeneration: 1 },
    },
    fieldManagers.operator,
  ),
  "say how a ModelHost is": apply(
    `${ours}/modelhosts/tower/status`,
    {
      ...at.modelHost("tower"),
      status: { observedGeneration: 1 },
    },
    fieldManagers.operator,
  ),
  "read the Node of a machine": get(`/api/v1/nodes/${at.node}`),
  "read the token beside it that hostSecrets names": get(`${at.inside(system)}/secrets/host-token`),
  "read the client certificate beside it that hostSecrets names": get(`${at.inside(system)}/secrets/host-certificate`),
  "tell what happened where the community governs": post(at.events(governed), at.event(governed)),
  "tell what happened where nobody governs": post(at.events(foreign), at.event(foreign)),
  "say that it happened again": merge(`${at.events(foreign)}/told`, at.series(2)),
  "make its Lease": post(at.leases(system), at.lease("commonhold-operator")),
  "read its Lease": get(`${at.leases(system)}/commonhold-operator`),
  "keep its Lease": put(`${at.leases(system)}/commonhold-operator`),
};

const gateway: Record<string, Call> = {
  ...readAll("modeldeployments"),
  ...readAll("modelhosts"),
  ...readAll("members"),
  "read the token beside it that hostSecrets names": get(`${at.inside(system)}/secrets/host-token`),
  "read the client certificate beside it that hostSecrets names": get(`${at.inside(system)}/secrets/host-certificate`),
};

const governance: Record<string, Call> = {
  ...readAll("members"),
  ...readAll("modeldeployments"),
  ...readAll("modelhosts"),
  "read a Member": get(`${ours}/members/alice`),
  "read a ModelDeployment": get(chat),
  "read a ModelHost": get(`${ours}/modelhosts/tower`),
  "make a Member": post(`${ours}/members`, at.member("carol")),
  "change a Member": apply(
    `${ours}/members/carol`,
    at.member("carol", { displayName: "Carol" }),
    fieldManagers.governance,
  ),
  "remove a Member": remove(`${ours}/members/carol`),
  "make a ModelHost": post(`${ours}/modelhosts`, at.modelHost("carols")),
  "change a ModelHost": merge(`${ours}/modelhosts/carols`, { spec: { pause: true } }),
  "remove a ModelHost": remove(`${ours}/modelhosts/carols`),
  "make a ModelDeployment": post(at.deployments(governed), at.modelDeployment("small", governed)),
  "change a ModelDeployment": merge(`${at.deployments(governed)}/small`, { spec: { replicas: 0 } }),
  "remove a ModelDeployment": remove(`${at.deployments(governed)}/small`),
  "mirror a decision": post(`${ours}/decisions`, at.decision("d2")),
  "correct a mirrored decision": merge(`${ours}/decisions/d2`, { spec: { title: "Another machine" } }),
  "say how a decision stands": merge(`${ours}/decisions/d2/status`, { status: { state: "passed" } }),
  "list the mirrored decisions": get(`${ours}/decisions`),
  "read one mirrored decision": get(`${ours}/decisions/d2`),
  "drop an old one": remove(`${ours}/decisions/d2`),
  "list the roots of the work ledger": get(`${ours}/ledgerroots`),
  "see whether a namespace is governed": get(at.inside(governed)),
  "make the ConfigMap of its checkpoint": apply(
    `${at.inside(system)}/configmaps/${governanceConfigMap}`,
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: governanceConfigMap, namespace: system },
      data: { genesis: "0" },
    },
    fieldManagers.governance,
  ),
  "read its checkpoint": get(`${at.inside(system)}/configmaps/${governanceConfigMap}`),
  "tell what happened": post(at.events(governed), at.event(governed)),
  "say that it happened again": merge(`${at.events(foreign)}/told`, at.series(3)),
  "make its Lease": post(at.leases(system), at.lease("commonhold-governance")),
  "read its Lease": get(`${at.leases(system)}/commonhold-governance`),
  "keep its Lease": put(`${at.leases(system)}/commonhold-governance`),
};

export const allowed: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  "commonhold-operator": operator,
  "commonhold-gateway": gateway,
  "commonhold-governance": governance,
  "commonhold-registry-filler": readAll("modeldeployments"),
};
