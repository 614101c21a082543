/** The SSH signature of a commit or a tag, checked. */
import type { SignedPayload } from "../git/repository.ts";
import { type CheckedSignature, verifySshSignature } from "./verify.ts";

/** Undefined where there is none, or one that is not SSH's; never throws. */
export function signatureOf({ signature }: { readonly signature?: SignedPayload }): CheckedSignature | undefined {
  return signature && verifySshSignature({ ...signature, namespace: gitNamespace });
}

/** That of `git commit -S` and `git tag -s`. */
export const gitNamespace = "git";
