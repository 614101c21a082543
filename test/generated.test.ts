import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { generatedFiles } from "../cli/generate/files.ts";

describe("what is generated is committed as generated", async () => {
  for (const [path, content] of await generatedFiles()) {
    test(`${path} is what \`npm run generate\` writes`, async () => {
      expect(await readFile(path, "utf8")).toBe(content);
    });
  }
});
