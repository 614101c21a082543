import { formatBytes } from "../../../operator/text/bytes.ts";
import type { Step } from "../../display/display.ts";
import type { Progress } from "../binaries/progress.ts";

/** Several binaries may be on their way at once; the step shows all that are, in the order in which they began. */
export function showBinaries(step: Step): (progress: Progress) => void {
  const underWay = new Map<string, string>();
  return (progress) => {
    if (progress.phase === "ready") underWay.delete(progress.name);
    else if (progress.phase !== "looking") underWay.set(progress.name, `${progress.name}: ${sentence(progress)}`);
    if (underWay.size > 0) step.update([...underWay.values()].join(" · "));
  };
}

function sentence(progress: Progress): string {
  const { done, total, phase, message } = progress;
  if (total === undefined || total === 0) return message;
  const share = `${Math.floor((100 * done) / total)} %`;
  return phase === "downloading" ? `${message} ${share} of ${formatBytes(total)}` : `${message} ${share}`;
}
