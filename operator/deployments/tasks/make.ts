/** The steps that make models on a host: from files whose content is pinned, and the served model from its base. */
import type { Digest } from "../../engines/engine.ts";
import { EngineError } from "../../engines/error.ts";
import type { FileToSend, TaskStep } from "../command.ts";
import { described } from "./describe.ts";
import { digestOf } from "./from-registry.ts";
import type { TaskResult } from "./outcome.ts";
import type { StepContext } from "./run.ts";

type Step<K extends TaskStep["kind"]> = Extract<TaskStep, { kind: K }>;

export async function makeBase(step: Step<"MakeBase">, context: StepContext): Promise<TaskResult> {
  await sendFiles(step.files, context);
  const { engine, signal } = context;
  await engine.create({ name: step.base, files: blobsOf(step.files, "model") }, { signal });
  const facts = await described(step.base, step.describe, context);
  return { kind: "MakeBase", ...(await made(step.base, context)), ...facts };
}

export async function makeServed(step: Step<"MakeServed">, context: StepContext): Promise<TaskResult> {
  await sendFiles(step.adapters, context);
  const { engine, signal } = context;
  const { served, base, adapters, parameters, system } = step;
  await engine.create(
    {
      name: served,
      from: base,
      parameters,
      ...(system === undefined ? {} : { system }),
      ...(adapters.length === 0 ? {} : { adapters: blobsOf(adapters, "adapter") }),
    },
    { signal },
  );
  return { kind: "MakeServed", ...(await made(served, context)) };
}

/** Only what the host does not have yet: a blob's name is its content. */
async function sendFiles(files: readonly FileToSend[], context: StepContext): Promise<void> {
  const { engine, signal, report, openFile } = context;
  const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
  let completedBytes = 0;
  for (const file of files) {
    const digest: Digest = `sha256:${file.sha256}`;
    const before = completedBytes;
    if (!(await engine.hasBlob(digest, { signal }))) {
      const counted = counting(openFile(file, signal), (bytes) => {
        report({ completedBytes: before + bytes, totalBytes, phase: "transfer" });
      });
      await engine.putBlob(digest, counted, file.size, { signal });
    }
    completedBytes = before + file.size;
    report({ completedBytes, totalBytes, phase: "transfer" });
  }
}

async function* counting(bytes: AsyncIterable<Uint8Array>, seen: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  let sum = 0;
  for await (const chunk of bytes) {
    sum += chunk.byteLength;
    seen(sum);
    yield chunk;
  }
}

/** Names for the parts as llama.cpp splits are named: their order is in them. */
function blobsOf(files: readonly FileToSend[], what: string): Record<string, Digest> {
  const of = String(files.length).padStart(5, "0");
  return Object.fromEntries(
    files.map(({ sha256 }, index) => {
      const name = files.length === 1 ? what : `${what}-${String(index + 1).padStart(5, "0")}-of-${of}`;
      return [`${name}.gguf`, `sha256:${sha256}` as const];
    }),
  );
}

/** What the host says it made: the digest by which we notice later that somebody else wrote over it. */
async function made(name: string, context: StepContext): Promise<{ created: Digest; version: string }> {
  const { engine, signal, host } = context;
  const created = await digestOf(name, context);
  if (!created) throw new EngineError("BadResponse", `${host} says that it made ${name}, but does not list it`);
  return { created, version: await engine.version({ signal }) };
}
