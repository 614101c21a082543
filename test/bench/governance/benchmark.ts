/** What governance takes: from a merge to the cluster, to say what a proposal would do, to be there, and to be checked by anybody. */
import type { Bench, Findings } from "../benchmark.ts";
import { findPrograms } from "../programs.ts";
import { measureLog } from "./log.ts";
import { measureMemory } from "./memory.ts";
import { measureMerges } from "./merges.ts";
import { measureClusterPlans, measureFilePlans } from "./plans.ts";
import { runProgram } from "./program.ts";
import {
  clusterPlanTable,
  filePlanTable,
  idleNote,
  kubectlNote,
  logTable,
  memoryTable,
  mergeTable,
  packNote,
  proofTable,
} from "./tables.ts";

export interface GovernanceOptions {
  /** Of the large repository. */
  readonly files: number;
  /** Of the one that kubectl plans too. */
  readonly objects: number;
  /** Open at once. */
  readonly proposals: number;
  /** In each way. */
  readonly merges: number;
  readonly records: number;
  /** Of plans and checks. */
  readonly repeats: number;
  readonly idleMs: number;
}

export async function benchGovernance(bench: Bench, options: GovernanceOptions): Promise<Findings> {
  const { files, objects, records, repeats: rounds } = options;
  const programs = await findPrograms(bench);
  const git = await runProgram("git", ["version"], bench);
  const log = await measureLog(bench, { records, rounds });
  const filePlans = await measureFilePlans(bench, { files, rounds });
  const clusterPlans = await measureClusterPlans(bench, programs, { objects, rounds });
  const kubectl = await runProgram(programs.paths.kubectl, ["version", "--client"], bench);
  const merges = await measureMerges(bench, programs, options.merges);
  const stretches = await measureMemory(bench, programs, options);
  return {
    tables: [
      mergeTable(merges),
      filePlanTable(filePlans),
      clusterPlanTable(objects, clusterPlans),
      memoryTable(options, stretches),
      logTable(log),
      proofTable(log),
    ],
    notes: [kubectlNote(kubectl.ms), idleNote(stretches), packNote(log)],
    programs: { git: /[\d.]+\d/.exec(git.output)?.[0] ?? "?", ...programs.versions },
    measurements: { merges, filePlans, clusterPlans, stretches, log },
  };
}
