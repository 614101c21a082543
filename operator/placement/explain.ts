/** Why replicas are missing, in a sentence or two: for the condition of a deployment, and for a preview of a proposal. */
import { formatBytes } from "../text/bytes.ts";
import type { DeploymentPlan } from "./plan.ts";
import type { Refusal } from "./refusal.ts";
import { withHost } from "./sentences.ts";

/** Hosts that are spelled out; the others are counted. */
const hostsSpelledOutMax = 8;

/** `1 of 2 replicas placed. No further host: host-a (needs 5.2 GiB; 3.1 GiB of 8.0 GiB free), host-b (paused by its owner alice).` */
export function explain(planned: DeploymentPlan): string {
  const placed = planned.replicas.filter(({ action }) => action.kind === "Keep" || action.kind === "Add");
  const wanted = placed.length + planned.missing;
  const head = `${placed.length} of ${wanted} ${wanted === 1 ? "replica" : "replicas"} placed`;
  if (planned.missing === 0) return `${head}.`;
  return `${head}. ${reasons(planned)}`;
}

function reasons({ refusals, replicas }: DeploymentPlan): string {
  const carrying = new Set(replicas.flatMap(({ hosts }) => hosts.map(({ name }) => name))).size;
  if (refusals.length === 0) {
    if (carrying === 0) return "There is no ModelHost.";
    return `No further host: ${carrying === 1 ? "the only one" : `each of the ${carrying}`} carries one already.`;
  }
  if (carrying === 0 && refusals.every(({ code }) => code === "LargerThanHost")) return tooLarge(refusals);
  const shown = refusals.slice(0, hostsSpelledOutMax).map(withHost);
  const hidden = refusals.length - shown.length;
  return `No ${carrying > 0 ? "further " : ""}host: ${shown.join(", ")}${hidden > 0 ? `, and ${hidden} more` : ""}.`;
}

/** The nearest miss first: that is the host whose owner, or memory, would have to change least. */
function tooLarge(refusals: readonly Refusal[]): string {
  const short = refusals
    .flatMap((refusal) => (refusal.code === "LargerThanHost" ? [refusal] : []))
    .toSorted((a, b) => a.needed - a.allowed - (b.needed - b.allowed) || (a.host < b.host ? -1 : 1));
  const [nearest] = short;
  if (!nearest) return "";
  const shown = short.slice(0, hostsSpelledOutMax).map(withHost);
  const hidden = short.length - shown.length;
  return `Larger than every host; ${formatBytes(nearest.needed - nearest.allowed)} more on ${nearest.host} would do: ${shown.join(", ")}${hidden > 0 ? `, and ${hidden} more` : ""}.`;
}
