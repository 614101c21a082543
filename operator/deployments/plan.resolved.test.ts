import { describe, expect, test } from "vitest";
import { condition, reference } from "../../test/deployments/settled.ts";
import { digest, mib, World } from "../../test/deployments/world.ts";
import { modelInWords } from "./model-in-words.ts";

const file = { url: "https://example.org/SmolLM2-135M.Q4_1.gguf?download=true", sha256: "a".repeat(64), size: 1 };
const facts = { architecture: "llama", parameterCount: 134_515_008, quantization: "Q4_1" };

function served(model: object): { world: World; key: string } {
  const world = new World();
  world.addHost("host-a");
  world.facts = facts;
  world.sizeBytes = 93.8 * mib;
  const key = world.deploy("chat", { model });
  world.settle(key);
  return { world, key };
}

describe("what was resolved, for people", () => {
  test("is the name, size and kind of files, without the digest that nobody can read", () => {
    const { world, key } = served({ files: [file] });
    expect(world.get(key).status?.model?.reference).toBe("SmolLM2-135M.Q4_1.gguf");
    expect(condition(world, key, "Resolved")?.message).toBe(
      "SmolLM2-135M.Q4_1.gguf, 93.8 MiB: llama, 134.5M parameters, Q4_1",
    );
  });

  test("has the digest of a reference, which is what one would pin", () => {
    const { world, key } = served({ ollama: "smollm2:135m" });
    expect(condition(world, key, "Resolved")?.message).toBe(
      `${reference} is ${digest(reference)}, 93.8 MiB: llama, 134.5M parameters, Q4_1`,
    );
  });

  test("files have no tag that could point elsewhere, whether they can be read or not", () => {
    const { world, key } = served({ files: [file] });
    expect(condition(world, key, "UpdateAvailable")).toMatchObject({ status: "False", reason: "PinnedByContent" });
    world.registryDown = { code: "Refused", terminal: true, attempts: 1, message: "404", retryAt: world.now };
    world.change(key, { model: { files: [{ ...file, sha256: "b".repeat(64) }] } });
    world.pass(key);
    world.pass(key);
    expect(condition(world, key, "Resolved")?.status).toBe("False");
    expect(condition(world, key, "UpdateAvailable")?.reason).toBe("PinnedByContent");
  });

  test("nobody says that a tag points at what is served while nothing is", () => {
    const world = new World();
    const key = world.deploy("chat");
    world.registryDown = {
      code: "NotFound",
      terminal: true,
      attempts: 1,
      message: "no such model",
      retryAt: world.now,
    };
    world.pass(key);
    world.pass(key);
    world.pass(key);
    expect(condition(world, key, "UpdateAvailable")?.status).toBe("Unknown");
  });

  test("other content under the same file name is another model", () => {
    const { world, key } = served({ files: [file] });
    const before = world.get(key).status?.model;
    world.change(key, { model: { files: [{ ...file, sha256: "b".repeat(64) }] } });
    world.settle(key);
    const after = world.get(key).status?.model;
    expect(after?.reference).toBe(before?.reference);
    expect(after?.digest).not.toBe(before?.digest);
    expect(condition(world, key, "Ready")?.status).toBe("True");
  });

  test.each([
    [134_515_008, "134.5M"],
    [7_241_732_096, "7.2B"],
    [999_999_999, "1B"],
    [12_345, "12.3K"],
    [7, "7"],
  ])("%i parameters are spoken of as %s", (parameterCount, words) => {
    const model = { reference: "m", digest: digest("m"), source: "Files" as const, sizeBytes: mib, parameterCount };
    expect(modelInWords(model)).toBe(`m, 1.0 MiB: ${words} parameters`);
  });

  test("what is not known is not said", () => {
    const model = { reference: "m", digest: digest("m"), source: "Files" as const, sizeBytes: mib };
    expect(modelInWords(model)).toBe("m, 1.0 MiB");
  });
});
