/** How each governed kind is rolled out. Which kinds there are is the allowlist of the policy room. */
import { structuralSchema } from "../../operator/apis/generate/structural.ts";
import type { Kind } from "../../operator/apis/kind.ts";
import type { ResourceType } from "../../operator/kube/resource.ts";
import { kindsToConfirm, governedKinds as policyKinds, resourceTypeOf } from "../policy/kinds.ts";
import type { SpecRules } from "./difference/spec-differences.ts";
import { type Ailment, hostAilment, modelAilment, readyAilment } from "./health.ts";
import type { LiveObject } from "./live.ts";

export interface GovernedKind extends SpecRules {
  readonly type: ResourceType<LiveObject>;
  readonly wave: Wave;
  /** Its removal has to be named in `confirmations.yaml`. */
  readonly needsConfirmation: boolean;
  /** It only takes rights away, and nothing stands on it: its removal waits for nobody's health. */
  readonly leavesAtOnce: boolean;
  readonly ailment: Ailment;
}

export type Wave = 1 | 2 | 3;
export const waves: readonly Wave[] = [1, 2, 3];

interface Traits {
  readonly wave: Wave;
  readonly leftToOthers?: readonly string[];
  readonly leavesAtOnce?: boolean;
  readonly ailment: Ailment;
}

const healthy: Ailment = () => undefined;

/** First what models stand on, then models, then what names models. */
const traits: Readonly<Record<string, Traits>> = {
  Member: { wave: 1, leftToOthers: ["spec.keys"], leavesAtOnce: true, ailment: healthy },
  ModelHost: { wave: 1, ailment: hostAilment },
  CloudProvider: { wave: 1, ailment: readyAilment },
  ModelDeployment: { wave: 2, ailment: modelAilment },
  ModelRoute: { wave: 3, ailment: readyAilment },
};

export function rolloutKind(kind: Kind): GovernedKind {
  const found = traits[kind.kind];
  if (!found) throw new TypeError(`${kind.kind} is governed, but rollout/kinds.ts does not say in which wave`);
  return {
    type: resourceTypeOf(kind.kind) as ResourceType<LiveObject>,
    schema: structuralSchema(kind.spec.describe("What is wanted."), "spec"),
    needsConfirmation: kindsToConfirm.has(kind.kind),
    leftToOthers: [],
    leavesAtOnce: false,
    ...found,
  };
}

export const rolloutKinds: readonly GovernedKind[] = policyKinds.map(rolloutKind);
