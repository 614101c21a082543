import { test as base } from "vitest";
import type { ControlPlane } from "../../cli/up/control-plane/control-plane.ts";
import { type KubectlOptions, kubectl } from "./kubectl.ts";
import { createNamespace } from "./request.ts";
import { startTestControlPlane } from "./start.ts";

export { installCrds, kubectl, runKubectl } from "./kubectl.ts";
export { callApi, createNamespace, requestApi } from "./request.ts";
export { startTestControlPlane } from "./start.ts";

type Plane = ControlPlane & { discard(): Promise<void> };

/** Kept on the global object: modules may be loaded anew for each test file, the worker's control plane may not. */
const shared = globalThis as { commonholdControlPlane?: Promise<Plane> | undefined };

/**
 * The control plane of this worker: started when first asked for, shared by all its test files, gone with the worker.
 * Take a namespace of your own (`createNamespace`) and leave no cluster-wide object behind whose name another test uses.
 */
export function workerControlPlane(): Promise<ControlPlane> {
  shared.commonholdControlPlane ??= startTestControlPlane();
  return shared.commonholdControlPlane;
}

/**
 * `test` with `plane` (one real API server per worker), `namespace` (a fresh one per test) and `kubectl` (run as admin in
 * that namespace).
 *
 * ```ts
 * test("…", async ({ plane, namespace, kubectl }) => { await kubectl(["apply", "-f", "-"], { stdin: yaml }); });
 * ```
 */
export const test = base
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads a fixture's needs off its first parameter's pattern.
  .extend("plane", { scope: "worker" }, async ({}, { onCleanup }): Promise<ControlPlane> => {
    const plane = await workerControlPlane();
    onCleanup(async () => {
      const started = shared.commonholdControlPlane;
      shared.commonholdControlPlane = undefined;
      await (await started)?.discard();
    });
    return plane;
  })
  .extend("namespace", ({ plane }) => createNamespace(plane))
  .extend(
    "kubectl",
    ({ plane, namespace }) =>
      (args: readonly string[], options: KubectlOptions = {}): Promise<string> =>
        kubectl(plane, args, { namespace, ...options }),
  );
