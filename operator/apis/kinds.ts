import type { Kind } from "./kind.ts";
import { memberKind } from "./member.ts";
import { modelDeploymentKind } from "./model-deployment.ts";
import { modelHostKind } from "./model-host.ts";

/** Every kind of ours; the generators read this list. */
export const kinds: readonly Kind[] = [memberKind, modelDeploymentKind, modelHostKind];
