import { type ChildProcess, spawn } from "node:child_process";

/**
 * Starts a program that cannot outlive us, without native code, on Linux and macOS alike.
 *
 * The program runs in a session and process group of its own. Beside it, in the same group, waits a shell that reads from
 * a socket whose other end only this process holds (Node opens it close-on-exec, so no other child inherits it). When this
 * process ends, by whatever means, the kernel closes that end, the shell reads end-of-file, asks the group to stop (TERM)
 * and after `sweepGraceSeconds` kills what is left (KILL), itself included. `kill … 0` means "my own group", so there is
 * no process id that could have been given to somebody else meanwhile.
 *
 * The shell becomes the program by `exec`: the child's pid, exit code and signal are the program's own. Descendants that
 * leave the group (setsid) escape; none of the programs that we start does so.
 */
export function spawnOnLeash(command: string, args: readonly string[], options: LeashOptions): ChildProcess {
  return spawn("/bin/sh", ["-c", guard, "commonhold-leash", command, ...args], {
    detached: true,
    stdio: ["ignore", options.output, options.output, "pipe"],
    env: options.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

export interface LeashOptions {
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** A file descriptor that takes what the program prints, or `pipe` to read it here. */
  output: number | "pipe";
}

/** How long an orphaned group may take to stop by itself. The promise is that nothing is left after 5 s. */
const sweepGraceSeconds = 2;

/**
 * Only the watcher ignores signals: the shell that becomes the program takes each as the program would, from its first
 * moment on (an ignored signal would stay ignored over `exec`).
 */
const guard = `
(
  trap '' TERM INT HUP
  PATH=/usr/bin:/bin
  while read -r _; do :; done <&3
  kill -TERM 0
  sleep ${sweepGraceSeconds}
  kill -KILL 0
) >/dev/null 2>&1 &
exec "$@" 3<&-
`;

/** Kills whatever is left of a leashed program's group, the watching shell included. No error when nothing is. */
export function sweepGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // macOS answers EPERM for a group that consists of zombies only.
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
