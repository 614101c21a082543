import { describe, expect, test } from "vitest";
import { isDigest } from "./digest.ts";
import { ModelError, type ModelErrorCode } from "./model-error.ts";
import { canonicalReference, parseReference, type Reference } from "./reference.ts";
import type { Registry, RegistryModel } from "./registry.ts";
import { ofSite, siteCopies, siteFirst, siteReference } from "./site-registry.ts";

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

describe("a site's registry that fills itself has copies", () => {
  const a = `sha256:${"a".repeat(64)}` as const;
  const b = `sha256:${"b".repeat(64)}` as const;
  type Told = ModelErrorCode | typeof a | typeof b;

  function both(copy: Told, own: Told, asked: string[] = []): Registry {
    return {
      async resolve(reference: Reference) {
        asked.push(reference.host);
        const answer = reference.host === site ? copy : own;
        if (isDigest(answer)) return { reference, digest: answer } as RegistryModel;
        throw new ModelError(answer, `${reference.host} says ${answer}.`);
      },
      shape: () => Promise.reject(new Error("not asked")),
    };
  }

  async function found(copy: Told, own: Told, pin?: string): Promise<string> {
    return siteCopies(both(copy, own), site)
      .resolve(parseReference("smollm2:135m"), undefined, pin)
      .then(
        ({ reference, digest, atSite }) =>
          `${digest[7]} from ${reference.host}; at the site: ${atSite?.replace(/^sha256:(.).*/, "$1")}`,
        (error: ModelError) => error.code,
      );
  }

  test.each<[string, Told, Told, string | undefined, string]>([
    ["what is the same there comes from there", a, a, undefined, `a from ${site}; at the site: a`],
    [
      "a tag that has moved is told, though the site has the old one",
      a,
      b,
      undefined,
      "b from registry.ollama.ai; at the site: a",
    ],
    ["what is pinned comes from there, though the tag has moved", a, b, a, `a from ${site}; at the site: a`],
    [
      "what is pinned comes from there, also where the internet is away",
      a,
      "Unreachable",
      a,
      `a from ${site}; at the site: a`,
    ],
    ["what is pinned and not there comes from its own registry", a, b, b, "b from registry.ollama.ai; at the site: a"],
    [
      "what it has not comes from its own registry",
      "NotFound",
      a,
      undefined,
      "a from registry.ollama.ai; at the site: Nothing",
    ],
    ["while it is away, everything does", "Unreachable", a, undefined, "a from registry.ollama.ai; at the site: Away"],
    [
      "where the internet is away, what it has is what there is",
      a,
      "Unreachable",
      undefined,
      `a from ${site}; at the site: a`,
    ],
    ["also where its own registry has it no more", a, "NotFound", undefined, `a from ${site}; at the site: a`],
    ["another content than the pinned one is no answer", a, "Unreachable", b, "Unreachable"],
    ["neither has it", "NotFound", "NotFound", undefined, "NotFound"],
    ["something else under that name there is told", "NotAModel", a, undefined, "NotAModel"],
    [
      "what its own registry refuses is refused where there is no copy",
      "NotFound",
      "LeavesTheMachine",
      undefined,
      "LeavesTheMachine",
    ],
  ])("%s", async (_, copy, own, pin, expected) => {
    expect(await found(copy, own, pin)).toBe(expected);
  });

  test("its own registry is not asked for what is pinned and there", async () => {
    const asked: string[] = [];
    await siteCopies(both(a, b, asked), site).resolve(parseReference("smollm2"), undefined, a);
    expect(asked).toEqual([site]);
  });

  test("whoever stops asking hears why", async () => {
    const signal = AbortSignal.abort(new Error("stopped"));
    const resolving = siteCopies(both("Unreachable", a), site).resolve(parseReference("smollm2"), signal);
    await expect(resolving).rejects.toThrow("stopped");
  });

  test("a site without a registry asks each model's own alone", async () => {
    const asked: string[] = [];
    for (const fills of [true, false]) await ofSite(both(a, a, asked), "", fills).resolve(parseReference("smollm2"));
    expect(asked).toEqual(["registry.ollama.ai", "registry.ollama.ai"]);
  });
});
