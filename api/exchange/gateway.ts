/** What a request needs of the gateway: everything that lives longer than one request. */
import type { Logger } from "pino";
import type { Clock } from "../../operator/clock/clock.ts";
import type { Random } from "../../operator/clock/system.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { MemberUse } from "../members/limits.ts";
import type { Metrics } from "../metrics/metrics.ts";
import type { Settings } from "../settings.ts";
import type { Observed } from "../upstreams/observed.ts";
import type { Turns } from "../upstreams/turns.ts";
import type { Upstreams } from "../upstreams/upstreams.ts";
import type { ActiveRequests } from "./active.ts";

export interface Gateway {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly catalogue: Catalogue;
  readonly upstreams: Upstreams;
  readonly observed: Observed;
  readonly turns: Turns;
  readonly memberUse: MemberUse;
  readonly active: ActiveRequests;
  readonly metrics: Metrics;
  readonly newRequestId: () => string;
}
