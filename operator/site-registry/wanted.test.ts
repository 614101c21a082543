import { describe, expect, test } from "vitest";
import type { ModelDeployment } from "../apis/model-deployment.ts";
import { type Wanted, wantedModels } from "./wanted.ts";

const site = "registry.lan:5000";
const a = `sha256:${"a".repeat(64)}` as const;
const b = `sha256:${"b".repeat(64)}` as const;

interface Told {
  readonly model?: object;
  readonly pin?: string;
  /** What the operator found out: reference and digest. */
  readonly found?: readonly [reference: string, digest: string, bytes?: number];
  readonly deleting?: boolean;
}

let made = 0;

function deployment({ model = { ollama: "qwen3:8b" }, pin, found, deleting }: Told = {}): ModelDeployment {
  const [reference, digest, sizeBytes = 1000] = found ?? [];
  return {
    apiVersion: "commonhold.dev/v1alpha1",
    kind: "ModelDeployment",
    metadata: {
      name: `d${++made}`,
      namespace: "community",
      ...(deleting && { deletionTimestamp: "2026-11-28T00:00:00Z" }),
    },
    spec: { model: { ...model, ...(pin && { digest: pin }) }, context: 4096 },
    ...(found && { status: { model: { reference, digest, source: "Registry", sizeBytes } } }),
  } as unknown as ModelDeployment;
}

const library = "registry.ollama.ai/library/qwen3:8b";
const wanted = (...told: Told[]): Wanted[] => wantedModels(told.map(deployment), site);
const short = ({ key, digests, bytes, collides }: Wanted) => ({ key, digests, bytes, collides });
const place = `${site}/library/qwen3:8b`;

describe("what the site is to have", () => {
  test.each<[string, Told[], Partial<Wanted>[]]>([
    [
      "the content that the operator found under the name",
      [{ found: [library, a, 5000] }],
      [{ key: place, digests: [a], bytes: 5000 }],
    ],
    ["the content that is pinned, also before the operator has looked", [{ pin: a }], [{ key: place, digests: [a] }]],
    [
      "the content that is pinned, whatever was found before",
      [{ pin: b, found: [library, a] }],
      [{ key: place, digests: [b] }],
    ],
    ["nothing particular, while nobody knows what the name means", [{}], [{ key: place, digests: [] }]],
    [
      "nothing particular, where what was found belongs to an earlier spec",
      [{ found: ["registry.ollama.ai/library/other:1", a] }],
      [{ key: place, digests: [] }],
    ],
    [
      "one place for all deployments of a model",
      [{ found: [library, a, 5000] }, { found: [library, a] }, {}],
      [{ key: place, digests: [a], bytes: 5000 }],
    ],
    ["either of two contents under one tag", [{ pin: b }, { found: [library, a] }], [{ key: place, digests: [a, b] }]],
    [
      "a model of Hugging Face, under that registry's name",
      [{ model: { huggingFace: { repo: "Some-Body/A-Model-GGUF", quantization: "Q4_K_M" } }, pin: a }],
      [{ key: `${site}/hf-co--some-body/a-model-gguf:Q4_K_M`, digests: [a] }],
    ],
    [
      "one place for two spellings of one name",
      [
        { model: { ollama: "Me/Model:1" }, pin: a },
        { model: { ollama: "me/model:1" }, pin: a },
      ],
      [{ key: `${site}/me/model:1`, digests: [a], collides: false }],
    ],
    [
      "nothing at a place that models of two registries would have",
      [
        { model: { ollama: "a-b.example/me/m:1" }, pin: a },
        { model: { ollama: "a.b-example/me/m:1" }, pin: b },
      ],
      [{ key: `${site}/a-b-example--me/m:1`, collides: true }],
    ],
  ])("%s", (_, told, expected) => {
    expect(wanted(...told).map(short)).toMatchObject(expected);
    expect(wanted(...told)).toHaveLength(expected.length);
  });

  test.each<[string, Told]>([
    ["a deployment that is being deleted", { pin: a, deleting: true }],
    ["a model that comes as files", { model: { files: [{ url: "https://x.example/m.gguf", sha256: "0", size: 1 }] } }],
    ["a model that lies in the site's registry under its own name", { model: { ollama: `${site}/team/m:1` }, pin: a }],
    ["a model of a cloud", { model: { ollama: "gpt-oss:120b-cloud" } }],
    ["a name that cannot be read", { model: { ollama: "a//b" } }],
  ])("not %s", (_, told) => {
    expect(wanted(told)).toEqual([]);
  });

  test("is in the same order whatever order the deployments come in, and says whose it is", () => {
    const told = [{ model: { ollama: "b:1" }, pin: a }, { model: { ollama: "a:1" }, pin: a }, { pin: a }].map(
      deployment,
    );
    const forward = wantedModels(told, site);
    expect(wantedModels(told.toReversed(), site)).toEqual(forward);
    expect(forward.map(({ there }) => there.model)).toEqual(["a", "b", "qwen3"]);
    expect(forward.flatMap(({ deployments }) => deployments).every((name) => name.startsWith("community/d"))).toBe(
      true,
    );
  });
});
