/** Trying something, and what the API server says to it. */
import { expect } from "vitest";
import type { KubeClient } from "../../operator/kube/client.ts";
import { isKubeError } from "../../operator/kube/errors.ts";
import type { Person, World } from "./world.ts";

export interface Attempt {
  who: Person;
  act: (client: KubeClient) => Promise<unknown>;
  /** Part of the sentence that refuses it; left out where it is let through. */
  refusal?: string;
}

/** Anything but the expected answer fails; a refusal that is not a 403 too. */
export async function attempt(world: World, { who, act, refusal }: Attempt): Promise<void> {
  const answer = await answerOf(act(world.as(who)));
  if (refusal === undefined) expect(answer).toBe("done");
  else expect(answer).toMatch(new RegExp(`^403 .*${escaped(refusal)}`));
}

/** `done`, or the status and the sentence. */
export async function answerOf(acting: Promise<unknown>): Promise<string> {
  try {
    await acting;
    return "done";
  } catch (error) {
    if (!isKubeError(error)) throw error;
    return `${error.status} ${error.message}`;
  }
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
