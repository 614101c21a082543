/** Who may write objects of ours that are governed. */
import { annotations, deploymentFinalizer, group, hostFinalizer, labels, systemNamespace } from "../../group.ts";
import type { Kind } from "../../kind.ts";
import { governanceService, hostKeeper, keyIssuer, operatorService, type PersonalRole } from "../../permissions.ts";
import { sameFinalizersBut, sameList, sameMap, sameMapBut, sameOwners } from "./comparisons.ts";
import { all, any, type Policy, text, userOf } from "./policy.ts";

const governance = userOf(systemNamespace, governanceService.name);
const operator = userOf(systemNamespace, operatorService.name);
/** Kubernetes' own, where there are any; without credentials of their own they are one user. */
const namespaceController = [userOf("kube-system", "namespace-controller"), text("system:kube-controller-manager")];
const garbageCollector = [userOf("kube-system", "generic-garbage-collector"), text("system:kube-controller-manager")];

export function governedObjects(kinds: readonly Kind[]): Policy {
  return {
    name: "commonhold-governed-objects",
    resourceRules: [
      {
        apiGroups: [group],
        apiVersions: ["*"],
        operations: ["CREATE", "UPDATE", "DELETE"],
        resources: kinds.flatMap(resourcesOf),
      },
    ],
    matchConditions: {
      // By far the most frequent writes; each kind's status is left to the one that writes it.
      "not-a-status-from-who-writes-it": any(
        "!has(request.subResource)",
        "request.subResource != 'status'",
        `request.userInfo.username != (${isGovernancesStatus(kinds)} ? ${governance} : ${operator})`,
      ),
    },
    variables: {
      ...whatIsAsked(kinds),
      ...whatDiffers,
      ...whatIsAllowed,
    },
    validations: [
      {
        expression: "variables.subresource != 'status'",
        sentence: `'the status of ' + variables.title + ' is what ' + (${isGovernancesStatus(kinds)} ? 'governance' : 'the operator') + ' sees: nobody else writes it'`,
      },
      {
        expression: any("!variables.keysDiffer", "variables.mayIssueKeys"),
        sentence: `variables.title + ': spec.keys is written by who may ${mayWords(keyIssuer)}, and by no proposal'`,
      },
      {
        expression: any("!variables.isOperator", "variables.changesNothing", "variables.onlyOwnFinalizer"),
        sentence: `variables.title + ' is governed: the operator may write its status and its own finalizer there, and nothing else'`,
      },
      {
        expression: any(
          "variables.isGovernance",
          "variables.isOperator",
          "variables.changesNothing",
          "variables.onlyKeysDiffer && variables.mayIssueKeys",
          "variables.onlyAbandoned && variables.mayAbandon",
          "variables.isOfEmptying",
          "variables.isOfCollecting",
        ),
        sentence: `variables.title + ' is governed: only a decision of the community may ' + variables.deed + ' it. Open a proposal: commonhold propose' + ${exceptions}`,
      },
    ],
  };
}

function whatIsAsked(kinds: readonly Kind[]): Policy["variables"] {
  return {
    subresource: "has(request.subResource) ? request.subResource : ''",
    isUpdate: all("request.operation == 'UPDATE'", "variables.subresource == ''"),
    isMember: "request.resource.resource == 'members'",
    isHost: "request.resource.resource == 'modelhosts'",
    title: title(kinds),
    deed: "variables.subresource != '' ? variables.subresource\n: {'CREATE': 'create', 'UPDATE': 'change', 'DELETE': 'delete'}[request.operation]",
    isGovernance: `request.userInfo.username == ${governance}`,
    isOperator: `request.userInfo.username == ${operator}`,
  };
}

const whatDiffers: Policy["variables"] = {
  changesNothing: all("variables.isUpdate", "object == oldObject"),
  specSame: "object.spec == oldObject.spec",
  labelsSame: sameMap("metadata.?labels"),
  annotationsSame: sameMap("metadata.?annotations"),
  finalizersSame: sameList("metadata.?finalizers"),
  referencesSame: sameList("metadata.?ownerReferences"),
  ownersSame: sameOwners(),
  keysDiffer: all(
    "variables.isMember",
    "request.operation != 'DELETE'",
    "object.spec.?keys.orValue([]) != (request.operation == 'CREATE' ? [] : oldObject.spec.?keys.orValue([]))",
  ),
  onlyKeysDiffer: all(
    "variables.isUpdate",
    "variables.isMember",
    sameMapBut("?spec", "keys"),
    ...variables("labelsSame", "annotationsSame", "finalizersSame", "referencesSame", "ownersSame"),
  ),
  onlyAbandoned: all(
    "variables.isUpdate",
    "variables.isHost",
    sameMapBut("metadata.?annotations", annotations.abandon),
    ...variables("specSame", "labelsSame", "finalizersSame", "referencesSame", "ownersSame"),
  ),
  ownFinalizer: `variables.isHost ? ${text(hostFinalizer)} : ${text(deploymentFinalizer)}`,
  onlyOwnFinalizer: all(
    "variables.isUpdate",
    sameFinalizersBut("variables.ownFinalizer"),
    ...variables("specSame", "labelsSame", "annotationsSame", "referencesSame", "ownersSame"),
  ),
};

const whatIsAllowed: Policy["variables"] = {
  mayIssueKeys: allowed(keyIssuer),
  mayAbandon: allowed(hostKeeper),
  // A namespace is deleted only by who may do so (the other policy); then it has to become empty.
  isOfEmptying: all(
    "request.operation == 'DELETE'",
    "namespaceObject != null",
    "has(namespaceObject.metadata.deletionTimestamp)",
    `request.userInfo.username in [${namespaceController.join(", ")}]`,
  ),
  // What governance deletes in the foreground keeps a finalizer until the garbage collector takes it off.
  isOfCollecting: all(
    "variables.isUpdate",
    "has(oldObject.metadata.deletionTimestamp)",
    `request.userInfo.username in [${garbageCollector.join(", ")}]`,
    ...variables("specSame", "labelsSame", "annotationsSame", "ownersSame"),
  ),
};

function variables(...names: readonly string[]): string[] {
  return names.map((name) => `variables.${name}`);
}

/** With the subresources that a write can come through. */
function resourcesOf({ plural, status, scale }: Kind): string[] {
  return [plural, ...(status ? [`${plural}/status`] : []), ...(scale ? [`${plural}/scale`] : [])];
}

/** Decisions are governance's own; of everything else the operator says what is. */
function isGovernancesStatus(kinds: readonly Kind[]): string {
  const resources = kinds.filter(({ kind }) => kind === "Decision").map(({ plural }) => text(plural));
  return `request.resource.resource in [${resources.join(", ")}]`;
}

/** `ModelDeployment community/chat`, also where the write comes through a subresource. */
function title(kinds: readonly Kind[]): string {
  const names = kinds.map(({ plural, kind }) => `${text(plural)}: ${text(kind)}`).join(", ");
  return [
    `{${names}}[request.resource.resource] + ' '`,
    "(has(request.namespace) && request.namespace != '' ? request.namespace + '/' : '')",
    "(request.operation == 'DELETE' ? oldObject : object).metadata.name",
  ].join("\n+ ");
}

/** CEL that asks the authorizer whether who sends the request has the role's virtual permission on that object. */
function allowed({ virtual: { resource, subresource } }: PersonalRole): string {
  return `authorizer.group(${text(group)}).resource(${text(resource)}).subresource(${text(subresource)}).name(has(request.name) ? request.name : '').check('update').allowed()`;
}

function mayWords({ name, virtual: { resource, subresource } }: PersonalRole): string {
  return `update ${resource}/${subresource} (ClusterRole ${name})`;
}

/** The end of the sentence: what else there would be to do. */
const exceptions = [
  "(!variables.isUpdate ? ''",
  `variables.isMember ? '; only spec.keys is written by who may ${mayWords(keyIssuer)}'`,
  `variables.isHost ? '; only the annotation ${annotations.abandon} is written by who may ${mayWords(hostKeeper)}'`,
  `has(request.namespace) ? '. A namespace without the label ${labels.governed} is free' : '')`,
].join("\n: ");
