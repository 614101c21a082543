/**
 * A verdict's reasons as they are shown. A report is replaced only when it changes, so nothing in it may count down: a
 * sentence that tells what time it is, or how much is left, is said without that.
 */
import { rfc3339 } from "../../../operator/clock/clock.ts";
import type { Reason } from "../../constitution/reasons/reason.ts";

/** Plain text, with words from outside in it. */
export function steadySentence(reason: Reason): string {
  switch (reason.code) {
    case "PeriodRunning":
      return `It may pass from ${rfc3339(reason.data.until)} on.`;
    case "ClockBehind":
      return `This was opened at ${rfc3339(reason.data.openedAt)}, which has not come yet here: a clock is wrong, so nothing passes.`;
    default:
      return reason.sentence;
  }
}
