import { type RefusedSpecs, sha } from "./refusal.ts";

const model = { ollama: "smollm2:135m" };
const file = (letter: string, url = "https://models.example.org/m.gguf") => ({ url, sha256: sha(letter), size: 10 });

export const refusedDeployments: RefusedSpecs = {
  "a model must have a source": {
    spec: { model: {} },
    answer: "set exactly one of model.ollama, model.huggingFace, model.files",
    about: "meaning",
  },
  "a model has one source, not two": {
    spec: { model: { ollama: "smollm2", files: [file("a")] } },
    answer: "set exactly one of model.ollama, model.huggingFace, model.files",
    about: "meaning",
  },
  "a spec says what to serve": { spec: {}, answer: "spec.model: Required value", about: "field" },
  "an unknown field is named, not dropped": {
    spec: { model, replica: 2 },
    answer: 'unknown field "spec.replica"',
    about: "field",
  },
  "files are pinned by their own sha256, not by a manifest's": {
    spec: { model: { files: [file("a")], digest: `sha256:${sha("b")}` } },
    answer: "files are pinned by their own sha256",
    about: "meaning",
  },
  "each part of a split model is named once": {
    spec: { model: { files: [file("a"), file("a", "https://other.example.org/m.gguf")] } },
    answer: "two files have the same sha256",
    about: "meaning",
  },
  "an adapter is not the model itself": {
    spec: { model: { files: [file("a")], adapters: [file("a")] } },
    answer: "one file is named both as model and as adapter",
    about: "meaning",
  },
  "an adapter is applied once": {
    spec: { model: { ...model, adapters: [file("a"), file("a")] } },
    answer: "two adapters have the same sha256",
    about: "meaning",
  },
  "a file is named by its sha256 in lower-case hex": {
    spec: { model: { files: [{ ...file("a"), sha256: sha("A") }] } },
    answer: "spec.model.files[0].sha256",
    about: "field",
  },
  "a file has a size": {
    spec: { model: { files: [{ url: "https://a.example/m.gguf", sha256: sha("a") }] } },
    answer: "size: Required value",
    about: "field",
  },
  "a file's URL is http or https": {
    spec: { model: { files: [file("a", "file:///etc/passwd")] } },
    answer: "spec.model.files[0].url",
    about: "field",
  },
  "a URL carries no password": {
    spec: { model: { files: [file("a", "https://me:secret@models.example.org/m.gguf")] } },
    answer: "a URL must not carry a user or password",
    about: "meaning",
  },
  "a URL has no fragment": {
    spec: { model: { files: [file("a", "https://models.example.org/m.gguf#part")] } },
    answer: "leave out the fragment",
    about: "meaning",
  },
  "a reference has no scheme": {
    spec: { model: { ollama: "https://registry.example.org/a/b:c" } },
    answer: "leave out the scheme",
    about: "meaning",
  },
  "a digest has its own field": {
    spec: { model: { ollama: `smollm2@sha256:${sha("a")}` } },
    answer: "write the digest in model.digest",
    about: "meaning",
  },
  "a model in somebody's cloud is not the community's": {
    spec: { model: { ollama: "gpt-oss:120b-cloud" } },
    answer: "leaves the community's machines",
    about: "meaning",
  },
  "a reference has the form of one": {
    spec: { model: { ollama: "smol lm2" } },
    answer: "is not a model reference",
    about: "field",
  },
  "a reference holds no control characters": {
    spec: { model: { ollama: "smol\u001b[31m" } },
    answer: "is not a model reference",
    about: "field",
  },
  "a pin is a SHA-256": {
    spec: { model: { ...model, digest: "sha256:1234" } },
    answer: "spec.model.digest",
    about: "field",
  },
  "a Hugging Face model is chosen by file or by quantization": {
    spec: { model: { huggingFace: { repo: "a/b", file: "m.gguf", quantization: "Q4_K_M" } } },
    answer: "set file or quantization, not both",
    about: "meaning",
  },
  "a Hugging Face repository is owner/name": {
    spec: { model: { huggingFace: { repo: "justaname" } } },
    answer: "spec.model.huggingFace.repo",
    about: "field",
  },
  "a Hugging Face repository is not a git URL": {
    spec: { model: { huggingFace: { repo: "a/b.git" } } },
    answer: "without .git",
    about: "meaning",
  },
  "a split model is named by its first part": {
    spec: { model: { huggingFace: { repo: "a/b", file: "m-00002-of-00003.gguf" } } },
    answer: "must be the first part",
    about: "meaning",
  },
  "a projector is not a model": {
    spec: { model: { huggingFace: { repo: "a/b", file: "mmproj-F16.gguf" } } },
    answer: "only the image part of a model",
    about: "meaning",
  },
  "a tag is followed or pinned, not both": {
    spec: { model: { ...model, digest: `sha256:${sha("a")}` }, update: "Track" },
    answer: "update: Track follows the tag, model.digest holds one version",
    about: "meaning",
  },
  "files cannot be followed": {
    spec: { model: { files: [file("a")] }, update: "Track" },
    answer: "Track has nothing to follow",
    about: "meaning",
  },
  "an answer fits into the context": {
    spec: { model, context: 2048, parameters: { maxTokens: 4096 } },
    answer: "parameters.maxTokens is greater than context (4096 when left out)",
    about: "meaning",
  },
  "an answer fits into the default context": {
    spec: { model, parameters: { maxTokens: 5000 } },
    answer: "parameters.maxTokens is greater than context (4096 when left out)",
    about: "meaning",
  },
  "a context has at least 128 tokens": { spec: { model, context: 10 }, answer: "spec.context", about: "field" },
  "replicas are not negative": { spec: { model, replicas: -1 }, answer: "spec.replicas", about: "field" },
  "replicas are a whole number": { spec: { model, replicas: 1.5 }, answer: "spec.replicas", about: "field" },
  "temperature is at most 2": {
    spec: { model, parameters: { temperature: 3 } },
    answer: "spec.parameters.temperature",
    about: "field",
  },
  "a stop word is given once": {
    spec: { model, parameters: { stop: ["END", "END"] } },
    answer: "spec.parameters.stop[1]: Duplicate value",
    about: "meaning",
  },
  "memory has a unit": {
    spec: { model, memory: "6" },
    answer: '"6" is less than 1 MiB; write a unit, for example 6Gi',
    about: "meaning",
  },
  "memory is a quantity": { spec: { model, memory: "lots" }, answer: "spec.memory", about: "field" },
  "a system prompt says something": {
    spec: { model, system: "  " },
    answer: "system is empty; leave it out to use none",
    about: "meaning",
  },
  "a system prompt holds no terminal escapes": {
    spec: { model, system: "\u001b[2J" },
    answer: "system holds control characters",
    about: "meaning",
  },
  "a system prompt holds no terminal escapes of the other kind": {
    spec: { model, system: "\u009b2J" },
    answer: "system holds control characters",
    about: "meaning",
  },
  "In needs values": {
    spec: { model, placement: { hostSelector: { matchExpressions: [{ key: "gpu", operator: "In" }] } } },
    answer: "operator In needs at least one value",
    about: "meaning",
  },
  "Exists takes no values": {
    spec: {
      model,
      placement: { hostSelector: { matchExpressions: [{ key: "gpu", operator: "Exists", values: ["x"] }] } },
    },
    answer: "operator Exists takes no values",
    about: "meaning",
  },
  "the cloud is not a layer for deployments": {
    spec: { model, placement: { layer: "cloud" } },
    answer: 'supported values: "edge", "community"',
    about: "field",
  },
  "a name that people type as the model has no dots": {
    spec: { model },
    name: "smollm2.135m",
    answer: "metadata.name is what people type as the model",
    about: "meaning",
  },
};
