/** What GitHub says no to, in the forge's terms, with what to do about it. */
import { printable } from "../../../../operator/text/printable.ts";
import { ForgeError } from "../../forge.ts";
import { type AnswerFacts, limited, type Quota } from "./quota.ts";

const messageCharsMax = 300;
const permissionsPage = "docs/reference/github-permissions.md";

/** `what`: what was asked for, in words, without anything secret. */
export function forgeErrorOf(error: unknown, what: string, quota: Quota, now: number): ForgeError {
  const ours = causes(error).find((cause) => cause instanceof ForgeError);
  if (ours instanceof ForgeError) return ours;
  if (!isRefusal(error)) {
    return new ForgeError("unreachable", `${what}: GitHub cannot be reached`, { cause: error });
  }
  const facts = factsOf(error);
  const pause = quota.observe(facts, now);
  if (pause !== undefined) return limited(pause, error);
  const words = printable(facts.message ?? "", messageCharsMax);
  const after = facts.headers["retry-after"];
  const retryAfterMs = after !== undefined && /^\d{1,6}$/.test(String(after)) ? Number(after) * 1_000 : undefined;
  const said = (code: ForgeError["code"], sentence: string): ForgeError =>
    new ForgeError(code, `${what}: ${sentence}`, { cause: error, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  const { status } = error;
  if (status >= 500 || status === 408) return said("unreachable", `GitHub answered ${status}`);
  if (status === 401)
    return said("refused", `GitHub does not know us (${words}): give a valid token, or the App's key`);
  if (status === 403) return said("refused", `GitHub does not let us (${words}): see ${permissionsPage}`);
  if (status === 404 || status === 410) {
    return said(
      "refused",
      `GitHub has no such thing, or we may not see it: look at name and permissions (${permissionsPage})`,
    );
  }
  return said("invalid", `GitHub takes this not (${status}: ${words})`);
}

/** Octokit's `RequestError` with an answer; its own package is no dependency of ours. */
export interface Refusal extends Error {
  readonly status: number;
  readonly response: { readonly headers: AnswerFacts["headers"] };
}

export function isRefusal(error: unknown): error is Refusal {
  const { status, response } = (error ?? {}) as Partial<Refusal>;
  return error instanceof Error && typeof status === "number" && response !== undefined;
}

/** The status with which GitHub refused, where it did. */
export function statusOf(error: unknown): number | undefined {
  const refusal = error instanceof ForgeError ? causes(error).find(isRefusal) : undefined;
  return refusal?.status;
}

/** Of something that is not there (any more), as against something that we may not see. */
export function isAbsence(error: unknown): boolean {
  return [404, 410, 422].includes(statusOf(error) ?? 0);
}

export function factsOf({ status, response, message }: Refusal): AnswerFacts {
  return { status, headers: response.headers, message };
}

function causes(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let at = error; at !== undefined && at !== null && chain.length < 10; at = (at as { cause?: unknown }).cause) {
    chain.push(at);
  }
  return chain;
}
