/** What the contract needs of a host under test, be it the double or a real Ollama, and of the registry that it pulls from. */
import { createHash } from "node:crypto";
import type { Digest, Engine } from "../../../../operator/engines/engine.ts";
import { type TinyShape, tinyGguf } from "../../../models/tiny-gguf.ts";

export interface ContractHost {
  /** Base URL of the API. */
  readonly url: string;
  readonly engine: Engine;
  readonly registry: ContractRegistry;
  /** Whether the weights that lie on the host's disk for a model have the bytes that their digest says. */
  readonly isSound: (reference: string) => Promise<boolean>;
  close(): Promise<void>;
}

export interface ContractRegistry {
  /** Puts a model with weights of its own under `library/NAME:TAG`, moving the tag where it exists. */
  publish(name: string, seed: number): Promise<Published>;
  /** How a model of this name is referred to, published or not. */
  reference(name: string): string;
  /** A reference into a registry where nothing listens. */
  readonly unreachable: string;
  slowTo(bytesPerSecond: number | undefined): void;
  corrupt(on: boolean): void;
  /** Answers manifests with this status; undefined serves them again. */
  answerManifests(status: number | undefined): void;
  /** Blob downloads that run now. */
  downloading(): number;
}

export interface Published {
  readonly reference: string;
  /** Of the manifest that the registry serves. */
  readonly digest: Digest;
}

/** Gives the host of the running suite; a function because it starts in a hook. */
export type TheHost = () => ContractHost;

export function digestOf(file: Uint8Array): Digest {
  return `sha256:${createHash("sha256").update(file).digest("hex")}`;
}

/** Yields the file in pieces, as a download would. */
export async function* pieces(file: Uint8Array, bytes = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < file.length; at += bytes) yield file.subarray(at, at + bytes);
}

export async function store(engine: Engine, file: Uint8Array): Promise<Digest> {
  const digest = digestOf(file);
  await engine.putBlob(digest, pieces(file), file.length);
  return digest;
}

/** A tiny model on the host, made from a file. */
export async function make(engine: Engine, name: string, shape: Partial<TinyShape> = {}): Promise<Digest> {
  const digest = await store(engine, tinyGguf(shape));
  await engine.create({ name, files: { "model.gguf": digest } });
  return digest;
}

/** Names on the host's disk. */
export async function names(engine: Engine): Promise<string[]> {
  return (await engine.models()).map((model) => model.name).sort();
}

export async function digestFor(engine: Engine, name: string): Promise<Digest | undefined> {
  return (await engine.models()).find((model) => model.name === name)?.digest;
}

/** Asks with `fetch`, for what the driver does not show. */
export async function post(host: ContractHost, path: string, body: unknown, method = "POST"): Promise<Raw> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const response = await fetch(host.url + path, { method, ...(method !== "GET" && { body: text }) });
  return {
    status: response.status,
    type: (response.headers.get("content-type") ?? "").split(";")[0] ?? "",
    text: await response.text(),
  };
}

export interface Raw {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

export function lines(raw: Raw): Record<string, unknown>[] {
  return raw.text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

export function keys(value: unknown): string[] {
  return Object.keys(value as object).sort();
}
