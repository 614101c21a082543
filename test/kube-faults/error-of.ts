/** The typed error of a call that must fail; a call that succeeds, or fails with anything else, fails the test. */

import { expect } from "vitest";
import { KubeError } from "../../operator/kube/errors.ts";

export async function errorOf(promise: Promise<unknown>): Promise<KubeError> {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(KubeError);
  return error as KubeError;
}
