/**
 * A whole community on one machine: control plane, Ollama, operator, gateway, a first member, a first host, a first model.
 * The order below is the order of need; the stack ends them the other way round.
 */
import { join } from "node:path";
import { systemNamespace } from "../../../operator/apis/group.ts";
import { gatewayService, operatorService } from "../../../operator/apis/permissions.ts";
import type { Clock } from "../../../operator/clock/clock.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";
import type { Display } from "../../display/display.ts";
import { ensureBinary } from "../binaries/ensure.ts";
import { type ControlPlane, serviceAccount, startControlPlane } from "../control-plane/control-plane.ts";
import { ensureControlPlanePrograms } from "../control-plane/programs.ts";
import { type OllamaServer, provideOllama } from "../ollama/provide.ts";
import { allOrNone } from "../processes/all-or-none.ts";
import type { Stack } from "../processes/stack.ts";
import type { LeashedProcess } from "../processes/start.ts";
import type { StateDirectory } from "../state/directory.ts";
import { writeEnvFile } from "../state/env-file.ts";
import { adminClient } from "./admin-client.ts";
import { showBinaries } from "./binaries-progress.ts";
import { installManifests } from "./manifests.ts";
import { rememberedPort } from "./ports.ts";
import { type RunningService, type ServicePlace, startService } from "./services.ts";
import { applyThisHost } from "./this-host.ts";
import { applyYou, type You } from "./you.ts";

export interface CommunityOptions {
  /** Root of the clone or package: `manifests/` and `dist/` are below it. */
  root: string;
  state: StateDirectory;
  env: Readonly<Record<string, string | undefined>>;
  stack: Stack;
  display: Display;
  clock: Clock;
  signal: AbortSignal;
  /** Told when a part ends that nobody stopped; the community is of no use without it. */
  onLost(failure: Error): void;
}

export interface Community {
  client: KubeClient;
  plane: ControlPlane;
  ollama: OllamaServer;
  gateway: RunningService;
  you: You;
  /** The `ollama` command signs for this member with the key pair below this home. */
  ollamaCommand: { program: string; home: string };
  /** Port on which a model file may be served to the operator: the address policy lets it through, and no other. */
  modelFilePort: number;
  envPath: string;
}

/** The default of the gateway itself; another one where that is taken. */
const gatewayPortPreferred = 11435;

export async function startCommunity(options: CommunityOptions): Promise<Community> {
  const { state, stack, display, clock, signal } = options;
  const [programs, ollamaProgram] = await findPrograms(options);

  const step = display.step("control plane and Ollama");
  const identities = [operatorService, gatewayService].map((service) => serviceAccount(systemNamespace, service.name));
  const planeStarting = startControlPlane({
    directory: state.controlPlane,
    programs,
    identities,
    logs: state.logs,
    clock,
    signal,
  });
  const ollamaStarting = provideOllama({ program: ollamaProgram, state, env: options.env, clock, signal });
  const [plane, ollama] = await both(planeStarting, ollamaStarting, stack);
  for (const part of [plane.etcd, plane.apiserver, ...(ollama.process ? [ollama.process] : [])])
    reportLoss(part, stack, options.onLost);
  const passedOver = ollama.ours && options.env["OLLAMA_HOST"] ? `; nothing answers at OLLAMA_HOST` : "";
  step.done(`Kubernetes API at ${plane.url}, Ollama ${ollama.version} at ${ollama.url}${passedOver}`);

  const client = stack.add(adminClient(plane.adminKubeconfigPath, clock)).client;
  const ollamaHome = ollama.ours ? state.ollama : (options.env["HOME"] ?? "");
  const kinds = display.step("kinds and permissions");
  const installed = await installManifests(client, options.root, clock, signal);
  const you = await applyYou(client, { secrets: state.secrets, ollamaHome, signal });
  await applyThisHost(
    client,
    { url: ollama.url, owner: you.name, modelsPath: ollama.modelsPath ?? state.ollama },
    signal,
  );
  kinds.done(`${installed.length} kinds; operator and gateway may do what manifests/rbac says and no more`);

  const modelFilePort = await rememberedPort(state.path, "model-file");
  const starting = display.step("operator and gateway");
  const gateway = await startServices(options, plane, [ollama.url, `http://127.0.0.1:${modelFilePort}`]);
  starting.done(gateway.url);

  const envPath = writeEnvFile(state.path, {
    KUBECONFIG: plane.adminKubeconfigPath,
    COMMONHOLD_URL: gateway.url,
    COMMONHOLD_API_KEY: you.key,
    OLLAMA_HOST: ollama.url,
  });
  const ollamaCommand = { program: ollamaProgram.path, home: ollamaHome };
  return { client, plane, ollama, gateway, you, ollamaCommand, modelFilePort, envPath };
}

async function findPrograms(options: CommunityOptions) {
  const step = options.display.step("programs");
  const onProgress = showBinaries(step);
  const common = { env: { ...options.env }, onProgress, clock: options.clock };
  const found = await allOrNone(options.signal, (signal) => [
    ensureControlPlanePrograms({ ...common, signal }),
    ensureBinary("ollama", { ...common, signal }),
  ]);
  step.done(`etcd, kube-apiserver, kubectl, ollama ${found[1].version} (${found[1].source})`);
  return found;
}

/** Both are started at once; when one fails, the other is stopped with the rest. */
async function both(
  plane: Promise<ControlPlane>,
  ollama: Promise<OllamaServer>,
  stack: Stack,
): Promise<[ControlPlane, OllamaServer]> {
  const adding = [plane.then((part) => stack.add(part)), ollama.then((part) => stack.add(part))] as const;
  await Promise.allSettled(adding);
  return Promise.all(adding);
}

async function startServices(
  options: CommunityOptions,
  plane: ControlPlane,
  addresses: readonly string[],
): Promise<RunningService> {
  const { state, stack, env, clock, signal } = options;
  const place: ServicePlace = {
    compiled: join(options.root, "dist"),
    logs: state.logs,
    baseEnv: baseEnvironment(env),
    clock,
    signal,
  };
  const allowed = addresses.map((address) => new URL(address).host).join(",");
  const common = {
    COMMONHOLD_NAMESPACE: systemNamespace,
    COMMONHOLD_ALLOWED_ADDRESSES: allowed,
    COMMONHOLD_HOST_ADDRESSES: allowed,
  };
  const port = await rememberedPort(state.path, "gateway", gatewayPortPreferred);
  const kubeconfig = (name: string): string => plane.kubeconfig(serviceAccount(systemNamespace, name));
  const operator = startService(
    {
      name: "operator",
      entry: "operator/main.js",
      env: { ...common, KUBECONFIG: kubeconfig(operatorService.name), COMMONHOLD_OPERATOR_PORT: "0" },
    },
    place,
  );
  const gateway = startService(
    {
      name: "gateway",
      entry: "api/main.js",
      env: {
        ...common,
        KUBECONFIG: kubeconfig(gatewayService.name),
        COMMONHOLD_GATEWAY_HOST: "127.0.0.1",
        COMMONHOLD_GATEWAY_PORT: String(port),
      },
    },
    place,
  );
  const adding = [operator.then((part) => stack.add(part)), gateway.then((part) => stack.add(part))] as const;
  await Promise.allSettled(adding);
  const running = await Promise.all(adding);
  for (const service of running) reportLoss(service.process, stack, options.onLost);
  return running[1];
}

/** A part that ends while the stack is not being stopped was killed, or failed: its own last lines say why. */
function reportLoss(part: LeashedProcess, stack: Stack, onLost: (failure: Error) => void): void {
  void part.exited.then(() => {
    if (!stack.stopping) onLost(part.failure());
  });
}

/** What a service needs of our environment to run at all; no keys of the person's shell get into a service. */
function baseEnvironment(env: CommunityOptions["env"]): Record<string, string> {
  const names = [
    "PATH",
    "HOME",
    "TZ",
    "LANG",
    "NODE_EXTRA_CA_CERTS",
    "SSL_CERT_FILE",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
  ];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}
