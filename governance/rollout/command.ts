/** What a plan wants done, as data. */
import type { ObjectName } from "../policy/policy.ts";
import type { Desired, Origin } from "./desired.ts";
import type { GovernedKind } from "./kinds.ts";
import type { LiveObject } from "./live.ts";
import type { Fields } from "./ownership/fields.ts";

export type Command = Apply | Remove;

export interface Apply {
  readonly kind: "Apply";
  readonly key: string;
  readonly desired: Desired;
  readonly of: GovernedKind;
  /** As it was seen; undefined: it is not there. */
  readonly live: LiveObject | undefined;
  readonly origin: Origin;
  /** To be taken from others first. */
  readonly surplus: Fields | undefined;
  /** Set where somebody changed what was as it should be. */
  readonly drift: Drift | undefined;
}

export interface Remove {
  readonly kind: "Remove";
  readonly key: string;
  readonly of: GovernedKind;
  readonly live: LiveObject;
}

export interface Drift {
  readonly object: ObjectName;
  readonly uid: string | undefined;
  readonly what: "changed" | "deleted";
  /** Field manager of who did it, as the API server wrote it down; undefined where nothing shows who. */
  readonly manager: string | undefined;
  /** Dotted; none where the object was deleted. */
  readonly fields: readonly string[];
}
