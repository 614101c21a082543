/**
 * `commonhold support-bundle`: what somebody who helps needs to see, in one file, with secrets taken out. First it is learnt what is secret
 * here, then everything is read, and only then is anything written: a log may hold a key that only a Member's hash gives away.
 */
import { existsSync } from "node:fs";
import { freemem, loadavg, release, totalmem } from "node:os";
import { dirname, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { rfc3339 } from "../../operator/clock/clock.ts";
import { type Cluster, openCluster } from "../backup/cluster.ts";
import type { Surroundings } from "../policy/surroundings.ts";
import { kubeconfigOf } from "../up/state/kubeconfig-of.ts";
import { type Bundle, type Written, writeBundle } from "./bundle.ts";
import {
  addEvents,
  addNodes,
  addOurs,
  addPods,
  addWorkloads,
  enginesOf,
  readOurs,
  readWorkloads,
  type Told,
} from "./cluster-parts.ts";
import { addCommunity } from "./community-parts.ts";
import { keyHashesOf, tellingVariables } from "./objects.ts";
import { createRedactor, type Redactor } from "./redactor.ts";
import { knowCommunity, knowEnvironment, knowKubeconfig, knowSecrets } from "./secrets.ts";
import { SupportError } from "./support-error.ts";

export interface SupportOptions {
  /** The file, which is not there yet. */
  readonly to: string;
  readonly kubeconfig?: string | undefined;
  /** State directory of `commonhold up`, where it is one. */
  readonly state?: string | undefined;
  /** Of the services. */
  readonly namespace: string;
  readonly version: string;
  /** Prints what the doctor finds. */
  readonly doctor: (output: { write(text: string): unknown }) => Promise<unknown>;
}

export const supportFormat = 1;

/** Throws a SupportError where the file cannot be made; whatever cannot be had is said in it. */
export async function takeSupportBundle(options: SupportOptions, around: Surroundings): Promise<Written> {
  const file = resolve(around.cwd, options.to);
  if (existsSync(file)) throw new SupportError(`${file} is there already: give another name with --to`);
  if (!existsSync(dirname(file))) throw new SupportError(`${dirname(file)} is no folder: give another name with --to`);
  const state = options.state === undefined ? undefined : resolve(around.cwd, options.state);
  if (state !== undefined && !existsSync(state)) {
    throw new SupportError(`${state} is not there: give the state directory of commonhold up with --state`);
  }
  const { signal, env } = around;
  const redactor = createRedactor();
  return writeBundle(file, { redactor, signal }, async (bundle) => {
    knowEnvironment(env, redactor);
    if (state !== undefined) knowCommunity(state, redactor);
    const kubeconfig = options.kubeconfig ?? (state && kubeconfigOf(state));
    const told = await clusterPart({ ...options, kubeconfig }, redactor, bundle, around);
    await bundle.add("README", readme);
    if (state !== undefined) await addCommunity(state, bundle, signal);
    await bundle.attempt("the doctor's findings", async () => {
      let text = "";
      await options.doctor({ write: (piece) => (text += piece) });
      await bundle.add("doctor.txt", stripVTControlCharacters(text));
    });
    await bundle.add("machine.json", machine());
    return {
      format: supportFormat,
      createdAt: rfc3339(around.clock.now()),
      namespace: options.namespace,
      source: state === undefined ? "cluster" : "community",
      versions: { commonhold: options.version, node: process.versions.node, ...told },
    };
  });
}

/** Resolves to the versions that the cluster says. */
async function clusterPart(
  options: SupportOptions,
  redactor: Redactor,
  bundle: Bundle,
  around: Surroundings,
): Promise<{ kubernetes: string; ollama: Record<string, unknown> }> {
  let versions: { kubernetes: string; ollama: Record<string, unknown> } = { kubernetes: "unknown", ollama: {} };
  await bundle.attempt("the cluster", async () => {
    await knowKubeconfig(options.kubeconfig, around.env, redactor);
    const cluster = openCluster(options.kubeconfig, around);
    try {
      // One question decides whether it is there; not every part has to wait for the same silence.
      const kubernetes = await cluster.version(around.signal);
      versions = { kubernetes, ollama: await addCluster(cluster, options.namespace, redactor, bundle, around.signal) };
    } finally {
      await cluster.close();
    }
  });
  return versions;
}

async function addCluster(
  cluster: Cluster,
  namespace: string,
  redactor: Redactor,
  bundle: Bundle,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const told: Told = { cluster, namespace, signal };
  const ours = await readOurs(told, bundle);
  const workloads = await readWorkloads(told, bundle);
  const objects = ours.flatMap(([, some]) => some);
  const used = objects.flatMap(({ metadata }) => metadata.namespace ?? []);
  const namespaces = [...new Set([namespace, ...used])];
  for (const one of namespaces) {
    const what = `Secrets of namespace ${one}, to take their values out (what looks like a secret is taken out all the same)`;
    await bundle.attempt(what, () => knowSecrets(cluster.client, one, redactor, signal));
  }
  for (const object of objects) for (const hash of keyHashesOf(object)) redactor.know(hash);
  for (const value of [...objects, ...workloads].flatMap(tellingVariables)) redactor.know(value);
  await addOurs(ours, bundle);
  await addWorkloads(workloads, bundle);
  await addEvents(told, [...new Set([...namespaces, "default"])], bundle);
  await addNodes(told, bundle);
  await addPods(workloads, told, bundle);
  return enginesOf(ours);
}

function machine(): object {
  const memory = { totalBytes: totalmem(), freeBytes: freemem() };
  return { platform: process.platform, arch: process.arch, release: release(), memory, load: loadavg() };
}

const readme = `What commonhold support-bundle found. Secrets were taken out: [redacted] stands in their place. Names of people, machines, models and
addresses are still in it: look through it before you give it to somebody. manifest.json says what could not be had, and why.
`;
