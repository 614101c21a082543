/** What tests of the driver share: doubles of hosts and the engines that ask them. All of it ends with the test. */
import { afterEach } from "vitest";
import type { Clock } from "../../../operator/clock/clock.ts";
import { systemClock } from "../../../operator/clock/system.ts";
import type { Engine, HostEndpoint } from "../../../operator/engines/engine.ts";
import { ollamaEngine } from "../../../operator/engines/ollama/driver.ts";
import { type OllamaDouble, startOllamaDouble } from "./double.ts";
import { until } from "./doubles.fixture.ts";
import type { OllamaDoubleSettings } from "./settings.ts";

const started: { stop(): Promise<void> }[] = [];

afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

/** A host without any model. */
export async function emptyHost(settings: Partial<OllamaDoubleSettings> = {}): Promise<OllamaDouble> {
  const double = await startOllamaDouble(settings);
  started.push(double);
  return double;
}

/** A host that has `tiny`. */
export async function hostWith(settings: Partial<OllamaDoubleSettings> = {}): Promise<OllamaDouble> {
  const double = await emptyHost(settings);
  double.settings.registry.put("tiny");
  double.give("tiny");
  return double;
}

export function engineFor(
  double: Pick<OllamaDouble, "url">,
  clock: Clock = systemClock,
  endpoint: Partial<HostEndpoint> = {},
): Engine {
  const engine = ollamaEngine({ url: double.url, ...endpoint }, { clock });
  started.unshift({ stop: () => engine.close() });
  return engine;
}

/** Until the host has the request, so that time can be moved. */
export function asked(double: OllamaDouble, path: string): Promise<void> {
  return until(() => double.requests.some((request) => request.path === path));
}
