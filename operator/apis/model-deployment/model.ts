/** `spec.model` of a ModelDeployment: where the model comes from, and how exactly it is pinned. */
import { z } from "zod";
import { digest, fileSource } from "../fields/primitives.ts";
import { rules } from "../kind.ts";

const huggingFace = z
  .object({
    repo: z
      .string()
      .min(3)
      .max(200)
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*$/)
      .describe("Repository with GGUF files, `owner/name`."),
    file: z
      .string()
      .max(200)
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.gguf$/)
      .optional()
      .describe("File in the repository. Leave it out to choose by quantization."),
    quantization: z
      .string()
      .max(32)
      .regex(/^[A-Za-z0-9_]+$/)
      .optional()
      .describe("For example Q4_K_M. Left out together with file: what Hugging Face takes by default."),
  })
  .meta(
    rules(
      {
        rule: "!(has(self.file) && has(self.quantization))",
        message: "set file or quantization, not both: a file already has its quantization",
      },
      {
        rule: "!self.repo.endsWith('.git') && !self.repo.contains('..')",
        message: "repo is owner/name as the model's page shows it, without .git",
      },
      {
        rule: "!has(self.file) || !self.file.matches('-0*([2-9]|[1-9][0-9]+)-of-[0-9]+\\\\.gguf$')",
        message: "file must be the first part (-00001-of-…) of a split model; the others are found from it",
      },
      {
        rule: "!has(self.file) || !self.file.lowerAscii().startsWith('mmproj')",
        message: "an mmproj file is only the image part of a model; name the model's own file",
      },
    ),
  );

export const model = z
  .object({
    ollama: z
      .string()
      .min(1)
      .max(400)
      .meta(
        rules(
          {
            rule: "!self.contains('://')",
            message:
              "leave out the scheme: write registry.example.org/team/name:tag; a registry without TLS is named in the operator's settings",
          },
          { rule: "!self.contains('@')", message: "write the digest in model.digest, not in the reference" },
          {
            rule: "!self.matches('[:-]cloud$')",
            message: "a :cloud model leaves the community's machines: it is not a model that can be deployed",
          },
          {
            rule: "self.contains('://') || self.contains('@') || self.matches('^[A-Za-z0-9_][A-Za-z0-9._-]*(:[0-9]+)?(/[A-Za-z0-9_][A-Za-z0-9._-]*)*(:[A-Za-z0-9_][A-Za-z0-9._-]*)?$')",
            messageExpression:
              "'\"' + self + '\" is not a model reference; write name, name:tag, user/name:tag or registry/user/name:tag'",
          },
        ),
      )
      .optional()
      .describe(
        "Reference in the Ollama library (`smollm2:135m`) or any registry (`registry.example.org/team/name:tag`).",
      ),
    huggingFace: huggingFace.optional().describe("A GGUF repository on Hugging Face."),
    files: z
      .array(fileSource())
      .min(1)
      .max(16)
      .meta(
        rules({
          rule: "self.all(a, self.exists_one(b, b.sha256 == a.sha256))",
          message: "two files have the same sha256: each part is named once",
        }),
      )
      .optional()
      .describe("GGUF files by URL and content; several are the parts of one split model, in order."),
    digest: digest()
      .optional()
      .describe(
        "Pin: the SHA-256 of the manifest as the registry serves it. With it a moved tag is never taken; to accept a new version, write its digest here.",
      ),
    adapters: z
      .array(fileSource())
      .max(4)
      .meta(
        rules({
          rule: "self.all(a, self.exists_one(b, b.sha256 == a.sha256))",
          message: "two adapters have the same sha256: each is named once",
        }),
      )
      .optional()
      .describe("LoRA adapters in GGUF form, applied in order."),
  })
  .meta(
    rules(
      {
        rule: "[has(self.ollama), has(self.huggingFace), has(self.files)].exists_one(given, given)",
        message: "set exactly one of model.ollama, model.huggingFace, model.files",
      },
      {
        rule: "!(has(self.files) && has(self.digest))",
        message: "model.digest pins a registry's manifest; files are pinned by their own sha256",
      },
      {
        rule: "!has(self.files) || !has(self.adapters) || self.adapters.all(a, !self.files.exists(f, f.sha256 == a.sha256))",
        message: "one file is named both as model and as adapter",
      },
    ),
  );

export type ModelSource = z.output<typeof model>;
