import { decisionKind } from "./decision.ts";
import type { Kind } from "./kind.ts";
import { ledgerRootKind } from "./ledger-root.ts";
import { memberKind } from "./member.ts";
import { modelDeploymentKind } from "./model-deployment.ts";
import { modelHostKind } from "./model-host.ts";

/** Every kind of ours; the generators read this list. */
export const kinds: readonly Kind[] = [decisionKind, ledgerRootKind, memberKind, modelDeploymentKind, modelHostKind];
