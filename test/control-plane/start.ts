import { rmSync } from "node:fs";
import {
  type ControlPlane,
  type ControlPlaneOptions,
  startControlPlane,
} from "../../cli/up/control-plane/control-plane.ts";
import { type ControlPlanePrograms, ensureControlPlanePrograms } from "../../cli/up/control-plane/programs.ts";
import { systemClock } from "../../operator/clock/system.ts";
import { scratchDirectory } from "./scratch.ts";

let programs: Promise<ControlPlanePrograms> | undefined;

/** The real programs, found once per worker (built or downloaded the first time on a machine). */
export function controlPlanePrograms(): Promise<ControlPlanePrograms> {
  programs ??= ensureControlPlanePrograms({ env: process.env, onProgress: () => {}, clock: systemClock });
  return programs;
}

/**
 * A control plane for one test alone, for tests that kill, freeze or restart it. Stop it with `discard`; should the worker
 * die before, the leash ends it.
 */
export async function startTestControlPlane(
  options: Partial<ControlPlaneOptions> = {},
): Promise<ControlPlane & { discard(): Promise<void> }> {
  const directory = options.directory ?? scratchDirectory("control-plane");
  const plane = await startControlPlane({
    programs: await controlPlanePrograms(),
    durable: false,
    ...options,
    directory,
  });
  const discard = async (): Promise<void> => {
    // Nobody needs this data: no second is spent on an orderly end.
    await plane.kill();
    rmSync(directory, { recursive: true, force: true });
  };
  return Object.assign(plane, { discard });
}
