const answerTimeoutMs = 10_000;

/** The version of the Ollama that answers at `url`. Rejects when nothing answers, or something that is no Ollama. */
export async function askVersion(url: string, signal?: AbortSignal): Promise<string> {
  const limit = AbortSignal.timeout(answerTimeoutMs);
  const response = await fetch(`${url}/api/version`, {
    signal: signal ? AbortSignal.any([limit, signal]) : limit,
    redirect: "error",
  });
  const body: unknown = response.ok ? await response.json() : undefined;
  if (typeof body === "object" && body !== null && "version" in body && typeof body.version === "string") {
    return body.version;
  }
  await response.body?.cancel();
  throw new Error(`what answers at ${url} is no Ollama (status ${response.status})`);
}
