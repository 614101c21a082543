/** What tests of the double share: doubles with four models on their disk, and requests to them. */
import { systemClock } from "../../../operator/clock/system.ts";
import { type OllamaDouble, startOllamaDouble } from "./double.ts";
import type { OllamaDoubleSettings } from "./settings.ts";

export interface Asked {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export class Doubles {
  readonly #started: OllamaDouble[] = [];

  /** With `a`, `b`, `c` and `d` on its disk. */
  async start(settings: Partial<OllamaDoubleSettings> = {}): Promise<OllamaDouble> {
    const double = await startOllamaDouble(settings);
    this.#started.push(double);
    for (const name of ["a", "b", "c", "d"]) {
      double.settings.registry.put(name, { bytes: 1_000_000 });
      double.give(name);
    }
    return double;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#started.splice(0).map((double) => double.stop()));
  }
}

export async function ask(double: OllamaDouble, path: string, body?: object, signal?: AbortSignal): Promise<Asked> {
  const response = await fetch(double.url + path, {
    ...(body && { method: "POST", body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export function load(double: OllamaDouble, model: string, more: object = {}): Promise<Asked> {
  return ask(double, "/api/generate", { model, stream: false, ...more });
}

export function say(double: OllamaDouble, model: string, signal?: AbortSignal): Promise<Asked> {
  return ask(double, "/api/generate", { model, prompt: "hello", stream: false }, signal);
}

/** Names in memory. */
export async function loaded(double: OllamaDouble): Promise<string[]> {
  const { body } = await ask(double, "/api/ps");
  return (body["models"] as { name: string }[]).map(({ name }) => name).sort();
}

/** Lets requests travel; the test's time-out is the deadline. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await systemClock.sleep(2);
}
