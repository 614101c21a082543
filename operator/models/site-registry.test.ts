import { describe, expect, test } from "vitest";
import { ModelError, type ModelErrorCode } from "./model-error.ts";
import { canonicalReference, parseReference, type Reference } from "./reference.ts";
import type { Registry, RegistryModel } from "./registry.ts";
import { siteFirst, siteReference } from "./site-registry.ts";

const site = "registry.lan:5000";

describe("where the site's registry has a model", () => {
  test.each([
    ["of Ollama's library, under its own name", "smollm2:135m", "library/smollm2:135m"],
    ["of somebody in the library", "me/model:1", "me/model:1"],
    ["from elsewhere, under that registry's name", "hf.co/Some-Body/A-Model:Q4_K_M", "hf-co--some-body/a-model:Q4_K_M"],
    ["from a registry with a port", "r.example:5000/team/m:1", "r-example-5000--team/m:1"],
  ])("%s", (_, text, there) => {
    expect(canonicalReference(siteReference(parseReference(text), site))).toBe(`${site}/${there}`);
  });

  test("is a name that a host can be asked to pull", () => {
    const there = canonicalReference(siteReference(parseReference("hf.co/Some-Body/A-Model:Q4_K_M"), site));
    expect(canonicalReference(parseReference(there))).toBe(there);
  });
});

type Answer = ModelErrorCode | "has it";

/** Answers by registry; everything that was asked is in `asked`. */
function registry(answers: Readonly<Record<string, Answer>>, asked: string[] = []): Registry {
  return {
    async resolve(reference: Reference) {
      asked.push(canonicalReference(reference));
      const answer = answers[reference.host] ?? "NotFound";
      if (answer === "has it") return { reference } as RegistryModel;
      throw new ModelError(answer, `${reference.host} says ${answer}.`);
    },
    shape: () => Promise.reject(new Error("not asked")),
  };
}

async function outcome(siteAnswer: Answer, ownAnswer: Answer): Promise<string> {
  const both = registry({ [site]: siteAnswer, "registry.ollama.ai": ownAnswer });
  return siteFirst(both, site)
    .resolve(parseReference("smollm2:135m"))
    .then(
      ({ reference }) => reference.host,
      (error: ModelError) => `${error.code}: ${error.message}`,
    );
}

const words = (code: string, own: string, there: string): string =>
  `${code}: registry.ollama.ai says ${own}; the site's registry: ${site} says ${there}.`;

describe("a site's registry is asked first", () => {
  test.each<[string, Answer, Answer, string]>([
    ["what it has comes from there", "has it", "has it", site],
    ["also where the internet is away", "has it", "Unreachable", site],
    ["what it has not comes from the model's own registry", "NotFound", "has it", "registry.ollama.ai"],
    ["while it is away, everything does", "Unreachable", "has it", "registry.ollama.ai"],
    ["while it is asked too often, too", "TooManyRequests", "has it", "registry.ollama.ai"],
    ["a name that it cannot have is not there", "InvalidReference", "has it", "registry.ollama.ai"],
    [
      "something else under that name is told, and not passed over",
      "NotAModel",
      "has it",
      `NotAModel: ${site} says NotAModel.`,
    ],
    ["neither has it", "NotFound", "NotFound", words("NotFound", "NotFound", "NotFound")],
    [
      "it has it not and the internet is away",
      "NotFound",
      "Unreachable",
      words("Unreachable", "Unreachable", "NotFound"),
    ],
    ["it is away and may have it", "Unreachable", "NotFound", words("Unreachable", "NotFound", "Unreachable")],
    ["both are away", "Unreachable", "Unreachable", words("Unreachable", "Unreachable", "Unreachable")],
  ])("%s", async (_, siteAnswer, ownAnswer, expected) => {
    expect(await outcome(siteAnswer, ownAnswer)).toBe(expected);
  });

  test("a model that is named with it is asked for once, as it is named", async () => {
    const asked: string[] = [];
    await siteFirst(registry({ [site]: "has it" }, asked), site).resolve(parseReference(`${site}/Team/m:1`));
    expect(asked).toEqual([`${site}/Team/m:1`]);
  });

  test("whoever stops asking hears why, and nothing more is asked", async () => {
    const asked: string[] = [];
    const signal = AbortSignal.abort(new Error("stopped"));
    await expect(siteFirst(registry({}, asked), site).resolve(parseReference("smollm2"), signal)).rejects.toThrow(
      "stopped",
    );
    expect(asked).toHaveLength(1);
  });
});
