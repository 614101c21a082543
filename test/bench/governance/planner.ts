/** Process: plans as the governance service does, with nothing read before. It says how long each took; its own start is not in it. */
import { PolicyCache } from "../../../governance/policy/cache.ts";
import type { Policy } from "../../../governance/policy/policy.ts";
import { loadPolicy } from "../../../governance/policy/read-policy.ts";
import { makePlan } from "../../../governance/proposals/make-plan.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import { createKubeClient, type KubeClient } from "../../../operator/kube/client.ts";
import { kubeConfigFromFile } from "../../../operator/kube/kubeconfig.ts";
import { serveParent } from "../processes/serve.ts";
import { namespace, openAt } from "./repository.ts";

export interface PlanOrder {
  readonly path: string;
  /** Trees or commits: what is ratified, and what is proposed. */
  readonly from: string;
  readonly to: string;
  /** Left out: files are compared, and no cluster is asked. */
  readonly kubeconfig?: string;
}

export interface Planned {
  /** Until both policies were read. */
  readonly readMs: number;
  readonly planMs: number;
  /** Of the whole process meanwhile, on whichever core. */
  readonly cpuMs: number;
  readonly objects: number;
  readonly residentBytes: number;
}

const options = { namespaces: [namespace], cache: new PolicyCache() };
let repository: ReturnType<typeof openAt> | undefined;
let cluster: KubeClient | undefined;

serveParent({
  async plan({ path, from, to, kubeconfig }: PlanOrder): Promise<Planned> {
    repository ??= openAt(path);
    const git = await repository;
    if (kubeconfig) cluster ??= createKubeClient(kubeConfigFromFile(kubeconfig), { clock: systemClock });
    const { signal } = new AbortController();
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    const before = await loadPolicy(git, from, options);
    const candidate = await loadPolicy(git, to, options);
    const readAt = performance.now();
    const plan = await makePlan(valid(before), candidate, { cluster, clock: systemClock }, signal);
    const plannedAt = performance.now();
    const { user, system } = process.cpuUsage(cpuBefore);
    const basis = cluster ? "dry-run" : "files";
    const odd = plan.objects.find(
      (one) => one.basis !== basis || one.refusal !== undefined || one.change === "unchanged",
    );
    if (plan.problems.length > 0 || odd) {
      throw new Error(`this is no plan as it should be: ${JSON.stringify(plan.problems[0] ?? odd)}`);
    }
    return {
      readMs: readAt - startedAt,
      planMs: plannedAt - readAt,
      cpuMs: (user + system) / 1000,
      objects: plan.objects.length,
      residentBytes: process.memoryUsage.rss(),
    };
  },
});

function valid(policy: Awaited<ReturnType<typeof loadPolicy>>): Policy {
  if (policy.ok) return policy.value;
  throw new Error(`the policy that is in force cannot be read: ${JSON.stringify(policy.problems[0])}`);
}
