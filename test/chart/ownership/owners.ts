/**
 * Who may own the chart in a cluster, each with its own way to put it there and to see whether it still is as it should be.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/diff-strategies/
 * https://fluxcd.io/flux/components/helm/helmreleases/#drift-detection
 */
import { parseAllDocuments } from "yaml";
import type { ControlPlane } from "../../../cli/up/control-plane/control-plane.ts";
import { runKubectl } from "../../control-plane/test.ts";
import { helm, type Manifest, namespace, renderedObjects } from "../helm.ts";
import { apply, isHook } from "../installed.ts";

export interface Owner {
  /** What it signs its writes with. */
  readonly fieldManager: string;
  /** Puts the chart there, or puts there again what differs. */
  put(plane: ControlPlane, values: object): Promise<void>;
  /** What it holds against the cluster. */
  desired(plane: ControlPlane, values: object): Promise<Manifest[]>;
}

/** `helm template`, then server-side apply of what that printed; hooks of tests are none of its own. */
const argoCd: Owner = {
  fieldManager: "argocd-controller",
  async put(plane, values) {
    // `CreateNamespace=true`
    await runKubectl(plane, ["create", "namespace", namespace]);
    await apply(plane, await renderedObjects(values), argoCd.fieldManager);
  },
  desired: async (_, values) => (await renderedObjects(values)).filter((object) => !isHook(object)),
};

const release = "commonhold";

/**
 * Helm's own library, which keeps what it rendered as a release: Flux compares that, each object with Helm's marks on it, by a dry run.
 * The field manager is the program's name: `helm-controller` for Flux, `helm` for the command that is run here.
 */
const flux: Owner = {
  fieldManager: "helm",
  async put({ adminKubeconfigPath }, values) {
    const args = ["upgrade", release, "--install", "--create-namespace", "--server-side=true", "--force-conflicts"];
    await helm(adminKubeconfigPath, args, values);
  },
  async desired({ adminKubeconfigPath }) {
    const stored = parseAllDocuments(await helm(adminKubeconfigPath, ["get", "manifest", release]));
    return stored.flatMap((document) => (document.toJS() as Manifest | null) ?? []).map(marked);
  },
};

function marked(object: Manifest): Manifest {
  const labels = { ...object.metadata.labels, "app.kubernetes.io/managed-by": "Helm" };
  const marks = { "meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace };
  return {
    ...object,
    metadata: { ...object.metadata, labels, annotations: { ...object.metadata.annotations, ...marks } },
  };
}

export const owners: Readonly<Record<string, Owner>> = { "Argo CD": argoCd, Flux: flux };
