/** Names that every service and every manifest agrees on. */
export const group = "commonhold.dev";
export const version = "v1alpha1";
export const apiVersion = `${group}/${version}` as const;

/** Where the services run; the chart's `Release.Namespace` takes its place in a cluster. */
export const systemNamespace = "commonhold-system";

/** Held on a ModelDeployment until its models are gone from, or queued for removal on, every host. */
export const deploymentFinalizer = `${group}/remove-models`;
/** Held on a ModelHost until what we put there is removed, or its owner says that the machine is gone. */
export const hostFinalizer = `${group}/clean-host`;

export const labels = {
  /** On a Namespace: only governance may write our kinds in it. */
  governed: `${group}/governed`,
  modelDeployment: `${group}/model-deployment`,
  /** On every object that governance keeps; its value is governance's field manager. */
  governedBy: `${group}/governed-by`,
} as const;

/** In the namespace of the services: the pinned genesis and the last checkpoint of the decision log. */
export const governanceConfigMap = "commonhold-governance";

export const annotations = {
  /** On a ModelHost that is being deleted: the machine is gone, do not wait to clean it. */
  abandon: `${group}/abandon`,
  /** On a CustomResourceDefinition of ours: it may be deleted, and all its objects with it. */
  allowRemoval: `${group}/allow-removal`,
  /** On a governed object: digest of what the policy repository says of it. */
  digest: `${group}/digest`,
  /** On a governed object: the ratified commit, and the tree in force, that made it what it is. */
  ratifiedCommit: `${group}/ratified-commit`,
  ratifiedTree: `${group}/ratified-tree`,
  /** On a governed object: the emergency proposal that reduces it. */
  emergency: `${group}/emergency`,
} as const;

/** Field managers, one per writer and purpose (server-side apply). */
export const fieldManagers = {
  operator: "commonhold-operator",
  governance: "commonhold-governance",
  cli: "commonhold-cli",
} as const;
