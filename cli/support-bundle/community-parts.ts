/** The state directory of `commonhold up`: its logs, and what its services answer. */
import { existsSync, readdirSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { freeBytes } from "../up/binaries/disk.ts";
import type { Bundle } from "./bundle.ts";

const logLines = 2_000;
const logBytesMax = 4 * 1024 * 1024;
const answerMsMax = 5_000;

export async function addCommunity(state: string, bundle: Bundle, signal: AbortSignal): Promise<void> {
  await bundle.attempt(`disk of ${state}`, async () => {
    await bundle.add("community.json", { state, freeBytes: await freeBytes(state) });
  });
  const logs = join(state, "logs");
  const names = existsSync(logs) ? readdirSync(logs).filter((name) => /\.log(\.1)?$/.test(name)) : [];
  if (names.length === 0) bundle.missing("logs of the community", `there are none in ${logs}`);
  for (const name of names) {
    await bundle.attempt(`log ${name}`, async () => {
      const lines = await lastLines(join(logs, name));
      await bundle.add(`logs/${name}`, lines.join("\n"));
      const url = name.endsWith(".log") ? announcedUrl(lines) : undefined;
      if (url !== undefined) await addAnswers(name.slice(0, -".log".length), url, bundle, signal);
    });
  }
}

/** Never the first one of a part: a secret that was cut in half would not be known. */
async function lastLines(path: string): Promise<string[]> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - logBytesMax);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    const lines = buffer.toString("utf8", 0, bytesRead).split("\n");
    return lines.slice(from > 0 ? 1 : 0).slice(-logLines);
  } finally {
    await file.close();
  }
}

/** The last URL on this machine that the service said it listens at. */
function announcedUrl(lines: readonly string[]): string | undefined {
  for (const line of lines.toReversed()) {
    const url = /"url":"(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost):\d+)\/?"/.exec(line)?.[1];
    if (url !== undefined && line.includes('"pid":')) return url;
  }
  return undefined;
}

async function addAnswers(name: string, url: string, bundle: Bundle, signal: AbortSignal): Promise<void> {
  for (const page of ["readyz", "metrics"]) {
    await bundle.attempt(`${page} of ${name}`, async () => {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMsMax)]);
      const answer = await fetch(`${url}/${page}`, { signal: limit, redirect: "error" });
      await bundle.add(`services/${name}/${page}.txt`, `${answer.status}\n${await answer.text()}`);
    });
  }
}
