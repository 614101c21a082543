/** Tells of drift: once for each change that somebody made, whether or not it can be corrected just now. */

import type { Logger } from "pino";
import type { Clock } from "../../operator/clock/clock.ts";
import type { KubeClient } from "../../operator/kube/client.ts";
import { createEventRecorder, type EventRecorder } from "../../operator/kube/events.ts";
import type { Apply, Drift } from "./command.ts";
import type { LiveObject } from "./live.ts";
import { driftWords } from "./words.ts";

/** Events are named by what happened, in the past. */
export const rolloutEvents = {
  DriftCorrected: "Somebody changed or deleted a governed object; it is again as the policy repository says.",
} as const;

const corrected: keyof typeof rolloutEvents = "DriftCorrected";

export interface DriftOptions {
  readonly client: Pick<KubeClient, "create" | "patch">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Which process, for events. */
  readonly instance: string;
  readonly onDrift: ((drift: Drift) => void) | undefined;
}

const toldMax = 16_384;

export class DriftTeller {
  readonly #options: DriftOptions;
  readonly #events: EventRecorder;
  /** By key: the version of the object that was told of. */
  readonly #told = new Map<string, string>();

  constructor(options: DriftOptions) {
    const { client, clock, logger, instance } = options;
    this.#options = options;
    this.#events = createEventRecorder({
      ...{ client, clock, instance },
      controller: "commonhold.dev/governance",
      onError: (err, event) => logger.warn({ err, reason: event.reason }, "an event was not sent"),
    });
  }

  found({ key, live, drift }: Apply): void {
    if (!drift) return;
    const version = live ? `${live.metadata.uid}/${live.metadata.resourceVersion}` : "deleted";
    if (this.#told.get(key) === version) return;
    if (this.#told.size >= toldMax) this.#told.clear();
    this.#told.set(key, version);
    const { logger, onDrift } = this.#options;
    logger.warn({ event: "drift", ...drift }, "a governed object is not as it was decided");
    try {
      onDrift?.(drift);
    } catch (err) {
      logger.error({ err }, "a listener to drift failed");
    }
  }

  /** Best effort, and within the object's budget of events. */
  async corrected({ key, drift }: Apply, answer: LiveObject): Promise<void> {
    if (!drift) return;
    this.#told.delete(key);
    const events = this.#events.batch(answer);
    events.add({ type: "Warning", reason: corrected, action: "Correct", note: driftWords(drift) });
    await events.commit();
  }
}
