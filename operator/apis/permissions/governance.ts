/** What the governance service may do: the only one that writes what the community decided. */
import { governanceConfigMap, group } from "../group.ts";
import type { Service } from "./permission.ts";

/** What a policy repository may hold, and nothing else is ever applied. */
const governed = ["members", "modeldeployments", "modelhosts"];

export const governanceService: Service = {
  name: "commonhold-governance",
  permissions: [
    {
      group,
      resources: governed,
      verbs: ["list", "watch"],
      where: "Cluster",
      why: "to see whether the cluster is as decided, and how healthy it is",
    },
    {
      group,
      resources: governed,
      verbs: ["get"],
      where: "Cluster",
      why: "to show what a proposal would change",
      onlyWhen: "a proposal changes an object that is there",
    },
    {
      group,
      resources: governed,
      verbs: ["create", "patch"],
      where: "Cluster",
      why: "to apply what was decided, and to try by a dry run what is proposed",
      onlyWhen: "something was decided or proposed that concerns that kind",
    },
    {
      group,
      resources: governed,
      verbs: ["delete"],
      where: "Cluster",
      why: "to remove what the community removed",
      onlyWhen: "a decision removes an object",
    },
    {
      group,
      resources: ["decisions"],
      verbs: ["list"],
      where: "Cluster",
      why: "to see whether the mirror of the decision log is whole",
    },
    {
      group,
      resources: ["decisions"],
      verbs: ["get"],
      where: "Cluster",
      why: "to read one anew after a conflict",
      onlyWhen: "somebody else wrote the same Decision",
    },
    {
      group,
      resources: ["decisions"],
      verbs: ["create", "patch"],
      where: "Cluster",
      why: "to mirror the decision log",
      onlyWhen: "there is something to decide",
    },
    {
      group,
      resources: ["decisions/status"],
      verbs: ["patch"],
      where: "Cluster",
      why: "to say how a decision stands",
      onlyWhen: "there is something to decide",
    },
    {
      group,
      resources: ["decisions"],
      verbs: ["delete"],
      where: "Cluster",
      why: "to keep the mirror small: the log has everything",
      onlyWhen: "there are many old ones, or one that the log does not know",
    },
    {
      group,
      resources: ["ledgerroots"],
      verbs: ["list"],
      where: "Cluster",
      why: "to take the roots of the work ledger into the decision log",
    },
    {
      group: "",
      resources: ["namespaces"],
      verbs: ["get"],
      where: "Cluster",
      why: "to write only to namespaces that are governed; it makes none and labels none",
      onlyWhen: "the policy holds objects of a namespace",
    },
    {
      group: "",
      resources: ["configmaps"],
      verbs: ["get", "create", "patch"],
      names: [governanceConfigMap],
      where: "System",
      why: "to keep the pinned genesis and the last checkpoint where everybody can read them",
    },
    {
      group: "events.k8s.io",
      resources: ["events"],
      verbs: ["create", "patch"],
      where: "Cluster",
      why: "to tell what happened to an object",
      onlyWhen: "something happens",
    },
    {
      group: "coordination.k8s.io",
      resources: ["leases"],
      verbs: ["create"],
      where: "System",
      why: "to elect one leader",
    },
    {
      group: "coordination.k8s.io",
      resources: ["leases"],
      verbs: ["get", "update"],
      names: ["commonhold-governance"],
      where: "System",
      why: "to elect one leader",
    },
  ],
};
