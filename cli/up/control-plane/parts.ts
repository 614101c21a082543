import { join } from "node:path";
import type { Clock } from "../../../operator/clock/clock.ts";
import { startOnKeptPort } from "../processes/ports.ts";
import { waitReady } from "../processes/readiness.ts";
import type { LeashedProcess } from "../processes/start.ts";
import { keptSigningKey } from "../state/secrets.ts";
import { writeAtomically } from "../state/write.ts";
import { certificateDirectory, isApiserverReady, startApiserver } from "./apiserver.ts";
import { readCertificate } from "./certificate.ts";
import { type Etcd, startEtcd } from "./etcd.ts";
import { admin, type Identity } from "./identities.ts";
import { renderKubeconfig } from "./kubeconfig.ts";
import type { ControlPlanePrograms } from "./programs.ts";

export interface ControlPlaneOptions {
  /** Holds all that must outlive a restart; the caller keeps a second run off it (state/lock.ts). */
  directory: string;
  programs: ControlPlanePrograms;
  /** Who can log in by token besides `admin`. */
  identities?: readonly Identity[];
  /** Where the programs' logs go; `<directory>/logs` by default. */
  logs?: string;
  /** False for tests only: without fsync the data does not survive a power cut. */
  durable?: boolean;
  /** Keep an audit log of every request. */
  audit?: boolean;
  /** Flags added to the API server's, e.g. `--goaway-chance=0.02`. */
  apiserverArguments?: readonly string[];
  /** The programs' environment; this process's own by default. */
  env?: NodeJS.ProcessEnv;
  clock?: Clock;
  /** Aborts a start that is under way; a control plane that is up stays up. */
  signal?: AbortSignal;
}

export type Part = "apiserver" | "etcd";

export interface Parts {
  etcd: Etcd;
  apiserver: LeashedProcess;
  /** The server's certificate with its authority, PEM. */
  authority: string;
}

const readyDeadlineMs = 60_000;

/** Starts, stops and kills the two programs of one control plane, and keeps the files that follow from their address. */
export class PartsRunner {
  readonly auditLogPath: string;
  readonly #options: ControlPlaneOptions & { clock: Clock };
  readonly #identities: readonly Identity[];
  readonly #tokens: ReadonlyMap<string, string>;
  readonly #logs: string;
  #etcd: Etcd | undefined;
  #apiserver: LeashedProcess | undefined;
  #port = 0;

  constructor(
    options: ControlPlaneOptions & { clock: Clock },
    identities: readonly Identity[],
    tokens: ReadonlyMap<string, string>,
  ) {
    this.#options = options;
    this.#identities = identities;
    this.#tokens = tokens;
    this.#logs = options.logs ?? join(options.directory, "logs");
    this.auditLogPath = join(this.#logs, "audit.log");
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  current(): Parts {
    const authority = readCertificate(certificateDirectory(this.#options.directory));
    if (!this.#etcd || !this.#apiserver || authority === undefined) throw new Error("the control plane never started");
    return { etcd: this.#etcd, apiserver: this.#apiserver, authority };
  }

  token(name: string): string {
    const token = this.#tokens.get(name);
    if (token !== undefined) return token;
    throw new Error(`this control plane knows no "${name}", only ${[...this.#tokens.keys()].join(", ")}`);
  }

  kubeconfigPath(name: string): string {
    this.token(name);
    return join(this.#options.directory, `kubeconfig-${name}.yaml`);
  }

  async start(): Promise<void> {
    try {
      if (!this.#etcd || this.#etcd.process.exit) this.#etcd = await this.#startEtcd();
      await this.#awaitBoth(this.#etcd);
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#writeFiles();
  }

  async stop(): Promise<void> {
    await this.#apiserver?.stop();
    await this.#etcd?.process.stop();
  }

  async kill(part?: Part): Promise<void> {
    const doomed = { apiserver: [this.#apiserver], etcd: [this.#etcd?.process] };
    const programs = part === undefined ? [...doomed.apiserver, ...doomed.etcd] : doomed[part];
    for (const program of programs) program?.kill("SIGKILL");
    await Promise.all(programs.map((program) => program?.exited));
  }

  /** The API server dials etcd until it answers, so both may start at once. The first that fails ends the other's wait. */
  async #awaitBoth(etcd: Etcd): Promise<void> {
    const failed = new AbortController();
    const outer = this.#options.signal;
    const signal = outer ? AbortSignal.any([outer, failed.signal]) : failed.signal;
    const waits = [etcd.ready(signal), this.#startApiserver(etcd, signal)];
    await Promise.allSettled(waits.map((wait) => wait.catch((error: unknown) => failed.abort(error))));
    if (failed.signal.aborted) throw failed.signal.reason;
  }

  #startEtcd(): Promise<Etcd> {
    const { directory, programs, durable, clock } = this.#options;
    return startEtcd({
      command: programs.etcd,
      directory,
      logPath: join(this.#logs, "etcd.log"),
      durable: durable ?? true,
      env: this.#env(),
      clock,
    });
  }

  async #startApiserver(etcd: Etcd, signal: AbortSignal): Promise<void> {
    if (this.#apiserver && !this.#apiserver.exit) return this.#awaitApiserver(this.#apiserver, signal);
    const start = (port: number): Promise<void> => this.#startApiserverOn(port, etcd, signal);
    await startOnKeptPort(join(this.#options.directory, "port"), start, signal);
  }

  async #startApiserverOn(port: number, etcd: Etcd, signal: AbortSignal): Promise<void> {
    this.#port = port;
    const { directory, programs, audit, apiserverArguments, clock } = this.#options;
    const apiserver = await startApiserver({
      command: programs.apiserver,
      directory,
      logPath: join(this.#logs, "kube-apiserver.log"),
      etcdEndpoint: etcd.endpoint,
      port,
      signingKeyPath: keptSigningKey(directory, "service-account.key"),
      auditLogPath: audit ? this.auditLogPath : undefined,
      extraArguments: apiserverArguments ?? [],
      env: this.#env(),
      clock,
    });
    this.#apiserver = apiserver;
    await this.#awaitApiserver(apiserver, signal);
  }

  #awaitApiserver(apiserver: LeashedProcess, signal: AbortSignal): Promise<void> {
    const { directory, clock } = this.#options;
    const isReady = (checking: AbortSignal): Promise<boolean> =>
      isApiserverReady(directory, this.url, this.token(admin.name), checking);
    return waitReady(apiserver, isReady, { deadlineMs: readyDeadlineMs, clock, signal });
  }

  #writeFiles(): void {
    const { authority } = this.current();
    for (const { name } of this.#identities) {
      const content = renderKubeconfig({ server: this.url, authority, user: name, token: this.token(name) });
      writeAtomically(this.kubeconfigPath(name), content);
    }
  }

  #env(): NodeJS.ProcessEnv {
    return this.#options.env ?? process.env;
  }
}
