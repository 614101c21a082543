/**
 * Reads objects through one `git cat-file --batch-command` that is kept open: starting a program for each would cost more
 * than reading it. What comes is believed only where its hash is its name. The program is started when first needed and
 * again when it dies; a question whose answer killed it twice is answered with an error, the others do not notice.
 */
import { setMaxListeners } from "node:events";
import type { Socket } from "node:net";
import type { Cancel, Clock } from "../../../operator/clock/clock.ts";
import { gitLimits } from "../limits.ts";
import { failure } from "../program/failure.ts";
import { type GitChild, type GitProgram, missing, signalGroup } from "../program/program.ts";
import { type Call, GitError, type GitObject, type Oid } from "../repository.ts";
import { checkOid, isOid, type ObjectFormat, type ObjectType, oidOf } from "./format.ts";
import { type Answer, FrameReader, type ObjectHead, type Question } from "./frames.ts";
import { Recent } from "./recent.ts";

export interface ObjectReader {
  /** What a revision names: one line without a line feed. */
  head(revision: string, call?: Call): Promise<ObjectHead | undefined>;
  /** Of an object that was asked for before, as long as that is remembered: nothing is waited for. */
  knownHead(oid: Oid): ObjectHead | undefined;
  /** Throws a `GitError`: `damaged` where it is of another type or its bytes are not what its name says, `too-large`. */
  object(oid: Oid, type: ObjectType, options: Call & { readonly bytesMax: number }): Promise<Buffer | undefined>;
  /** Of whatever type, and not compared with its name: for who checks more than the name. */
  anyObject(oid: Oid, options: Call & { readonly bytesMax: number }): Promise<ReadObject | undefined>;
  close(): Promise<void>;
}

export interface ReadObject extends GitObject {
  readonly bytes: Buffer;
}

export interface ObjectReaderOptions {
  readonly git: GitProgram;
  readonly format: ObjectFormat;
  readonly clock: Clock;
}

export function objectReader({ git, format, clock }: ObjectReaderOptions): ObjectReader {
  const channel = new Channel(git, clock);

  /** Only of objects by their names: a ref may move. */
  const recent = new Recent<ObjectHead>(gitLimits.rememberedEntriesMax, () => 1);

  const head = async (revision: string, call: Call = {}): Promise<ObjectHead | undefined> => {
    call.signal?.throwIfAborted();
    const known = recent.get(revision);
    if (known) return known;
    const answer = await channel.ask({ verb: "info", name: revision, bytesMax: 0 }, call.signal);
    if (answer !== "missing") {
      if (answer.head.oid === revision) recent.set(revision, answer.head);
      return answer.head;
    }
    if (isOid(revision, format)) await checkAbsent(revision, call);
    return undefined;
  };

  /** The program that stays open also says of a damaged object that it is missing; one of its own says what is wrong. */
  const checkAbsent = async (oid: Oid, { signal }: Call): Promise<void> => {
    const { exit, stderr } = await git.run(["cat-file", "-t", oid], { signal, exits: [0, absentExit] });
    if (/^error: /m.test(stderr)) throw failure({ verb: `cat-file ${oid}`, exit, stderr, code: "damaged" });
  };

  const anyObject = async (
    oid: Oid,
    { bytesMax, signal }: Call & { bytesMax: number },
  ): Promise<ReadObject | undefined> => {
    checkOid(oid, format);
    const found = await head(oid, { signal });
    if (!found) return undefined;
    const { type, size } = found;
    if (size > bytesMax) throw new GitError("too-large", `${type} ${oid} has ${size} bytes, ${bytesMax} are the most`);
    const answer = await channel.ask({ verb: "contents", name: oid, bytesMax: size }, signal);
    return answer === "missing" || !answer.bytes ? undefined : { oid, type, bytes: answer.bytes };
  };

  return {
    head,
    knownHead: (oid) => recent.peek(oid),
    anyObject,
    object: async (oid, type, options) => {
      const found = await anyObject(oid, options);
      if (!found) return undefined;
      if (found.type !== type) {
        throw new GitError("damaged", `object ${oid} is a ${found.type}, and should be a ${type}`);
      }
      if (oidOf(type, found.bytes, format) !== oid) {
        throw new GitError("damaged", `${type} ${oid} holds other bytes than its name says: the repository is damaged`);
      }
      return found.bytes;
    },
    close: () => channel.close(),
  };
}

interface Pending {
  readonly question: Question;
  readonly settle: (outcome: Answer | GitError) => void;
  deaths: number;
}

/** Questions go out in order, some ahead of their answers, and the answers come back in the same order. */
class Channel {
  readonly #git: GitProgram;
  readonly #clock: Clock;
  #child: GitChild | undefined;
  #frames = new FrameReader();
  #stderr = "";
  #waiting: Pending[] = [];
  #sent: Pending[] = [];
  #cancelWatch: Cancel | undefined;
  #answers = 0;
  #isClosed = false;
  #isSendDue = false;

  constructor(git: GitProgram, clock: Clock) {
    this.#git = git;
    this.#clock = clock;
  }

  ask(question: Question, signal: AbortSignal | undefined): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) return reject(closed());
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = (): void => {
        // Once sent its answer still comes, and is dropped; it is not longer than was asked for.
        this.#waiting = this.#waiting.filter((other) => other !== pending);
        reject(signal?.reason);
      };
      const settle = (outcome: Answer | GitError): void => {
        signal?.removeEventListener("abort", onAbort);
        if (outcome instanceof GitError) reject(outcome);
        else resolve(outcome);
      };
      const pending: Pending = { question, settle, deaths: 0 };
      // Hundreds of questions of one pass have its signal, each until its answer: that is no leak, of which Node would warn.
      if (signal) setMaxListeners(0, signal);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(pending);
      this.#sendSoon();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
      hold(child, true);
      signalGroup(child, "SIGKILL");
      await ended;
    }
    this.#failAll(closed());
  }

  /** What is asked in one turn goes out together, and comes back together. */
  #sendSoon(): void {
    if (this.#isSendDue) return;
    this.#isSendDue = true;
    queueMicrotask(() => {
      this.#isSendDue = false;
      this.#send();
    });
  }

  #send(): void {
    if (this.#waiting.length === 0 || this.#sent.length > gitLimits.questionsAheadMax / 2) return;
    try {
      this.#child ??= this.#start();
    } catch (error) {
      this.#failAll(error instanceof GitError ? error : missing(error as Error));
      return;
    }
    if (this.#sent.length === 0) hold(this.#child, true);
    let text = "";
    while (this.#sent.length < gitLimits.questionsAheadMax) {
      const next = this.#waiting.shift();
      if (!next) break;
      text += `${next.question.verb} ${next.question.name}\n`;
      this.#sent.push(next);
    }
    this.#child.stdin.write(`${text}flush\n`);
    this.#cancelWatch ??= this.#watch();
  }

  #start(): GitChild {
    const child = this.#git.start(["cat-file", "--batch-command", "--buffer"]);
    this.#frames = new FrameReader();
    this.#stderr = "";
    child.stdin.on("error", () => {});
    child.stdout.on("data", (chunk: Buffer) => {
      if (child === this.#child) this.#receive(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString("utf8")).slice(-stderrCharsKept);
    });
    child.once("error", (error) => {
      if (child !== this.#child) return;
      this.#child = undefined;
      this.#failAll(missing(error));
    });
    child.once("close", (code, signal) => {
      if (child === this.#child) this.#lost(code ?? signal ?? "unknown", this.#stderr);
    });
    return child;
  }

  #receive(chunk: Buffer): void {
    this.#frames.push(chunk);
    this.#answers++;
    try {
      for (let first = this.#sent[0]; first; first = this.#sent[0]) {
        const answer = this.#frames.next(first.question);
        if (answer === undefined) break;
        this.#sent.shift();
        first.settle(answer);
      }
      if (this.#sent.length === 0 && this.#frames.pending > 0) throw new Error("said more than it was asked");
    } catch (error) {
      this.#giveUp((error as Error).message);
      return;
    }
    this.#send();
    if (this.#sent.length === 0) this.#rest();
  }

  #giveUp(why: string): void {
    const child = this.#child;
    if (child) signalGroup(child, "SIGKILL");
    this.#lost("stopped", `git cat-file ${why}`);
  }

  /** The oldest question may have killed it, so it is asked once more and then answered with an error. */
  #lost(exit: number | string, stderr: string): void {
    this.#child = undefined;
    this.#rest();
    const [first, ...others] = this.#sent;
    this.#sent = [];
    this.#waiting.unshift(...others);
    if (first && ++first.deaths < deathsMax) this.#waiting.unshift(first);
    else first?.settle(failure({ verb: `cat-file ${first.question.name}`, exit, stderr, code: "damaged" }));
    this.#send();
  }

  #failAll(error: GitError): void {
    this.#rest();
    const all = [...this.#sent, ...this.#waiting];
    this.#sent = [];
    this.#waiting = [];
    for (const pending of all) pending.settle(error);
  }

  #watch(): Cancel {
    const before = this.#answers;
    return this.#clock.after(gitLimits.answerMsMax, () => {
      this.#cancelWatch = undefined;
      if (this.#sent.length === 0) return;
      if (this.#answers === before) return this.#giveUp(`said nothing for ${gitLimits.answerMsMax / 1000} s`);
      this.#cancelWatch = this.#watch();
    });
  }

  /** Nothing is asked: neither the watch nor the program keeps this process from ending. */
  #rest(): void {
    this.#cancelWatch?.();
    this.#cancelWatch = undefined;
    if (this.#child) hold(this.#child, false);
  }
}

/** Whether a child keeps this process from ending. */
function hold(child: GitChild, isHeld: boolean): void {
  for (const handle of [child, ...(child.stdio as unknown as Socket[])]) {
    if (isHeld) handle.ref();
    else handle.unref();
  }
}

function closed(): GitError {
  return new GitError("unusable", "the repository is closed");
}

const absentExit = 128;
const deathsMax = 2;
const stderrCharsKept = 4_096;
