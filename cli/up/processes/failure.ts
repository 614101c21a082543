/**
 * Why a program that we started is of no use, in words a person can act on. The program's own last lines tell which of the
 * well-known reasons it was; the rest is `exited`.
 */
export type ProcessFailureCode =
  | "address-in-use"
  | "disk-full"
  | "permission-denied"
  | "not-executable"
  | "exited"
  | "not-ready";

export class ProcessFailure extends Error {
  override readonly name = "ProcessFailure";
  readonly code: ProcessFailureCode;
  readonly program: string;
  /** What to do about it, one sentence. */
  readonly next: string;
  /** The last lines that the program printed, free of control characters. */
  readonly logTail: readonly string[];

  constructor(details: FailureDetails) {
    super(text(details), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.program = details.program;
    this.next = nextStep[details.code](details);
    this.logTail = details.logTail;
  }
}

export interface FailureDetails {
  code: ProcessFailureCode;
  program: string;
  /** What happened, e.g. "ended with exit code 1 while starting". */
  what: string;
  logTail: readonly string[];
  logPath: string;
  cause?: unknown;
}

/** Reads the reason off what the program said last and how it ended. */
export function classifyExit(logTail: readonly string[], exitCode: number | null): ProcessFailureCode {
  const said = logTail.join("\n");
  if (/address already in use|EADDRINUSE/i.test(said)) return "address-in-use";
  if (/no space left on device|ENOSPC/i.test(said)) return "disk-full";
  // The shell's own codes: 127 not found, 126 found but not executable.
  if (exitCode === 126 || exitCode === 127) return "not-executable";
  if (/permission denied|EACCES/i.test(said)) return "permission-denied";
  return "exited";
}

const nextStep: Record<ProcessFailureCode, (details: FailureDetails) => string> = {
  "address-in-use": () => "Another program listens on that port: stop it, or start again to get another port.",
  "disk-full": ({ logPath }) => `Free some space on the file system that holds ${logPath}, then start again.`,
  "permission-denied": ({ logPath }) =>
    `Make the files that its log names readable and writable for this user (log: ${logPath}).`,
  "not-executable": () => "The program is missing or was built for another platform: run `commonhold doctor`.",
  exited: ({ logPath }) => `Its whole log is in ${logPath}.`,
  "not-ready": ({ logPath }) => `It runs but does not answer; a busy machine may need another try. Log: ${logPath}.`,
};

function text(details: FailureDetails): string {
  const said = details.logTail.length === 0 ? " It printed nothing." : `\n  ${details.logTail.join("\n  ")}`;
  return `${details.program} ${details.what}. ${nextStep[details.code](details)}${said}`;
}
