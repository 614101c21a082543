/**
 * A whole community on one machine: control plane, Ollama, policy repository, operator, gateway, governance, a first member. What
 * it serves is decided after that (`serve-model.ts`). The order below is the order of need; the stack ends them the other way round.
 */
import { join } from "node:path";
import { systemNamespace } from "../../../operator/apis/group.ts";
import { gatewayService, governanceService, operatorService } from "../../../operator/apis/permissions.ts";
import { type Clock, rfc3339 } from "../../../operator/clock/clock.ts";
import type { KubeClient } from "../../../operator/kube/client.ts";
import type { Display } from "../../display/display.ts";
import { type ControlPlane, serviceAccount, startControlPlane } from "../control-plane/control-plane.ts";
import { type OllamaServer, provideOllama } from "../ollama/provide.ts";
import type { Stack } from "../processes/stack.ts";
import type { LeashedProcess } from "../processes/start.ts";
import type { StateDirectory } from "../state/directory.ts";
import { writeEnvFile } from "../state/env-file.ts";
import { readIfPresent } from "../state/write.ts";
import { adminClient } from "./admin-client.ts";
import { findPrograms } from "./find-programs.ts";
import { awaitGovernance } from "./governance.ts";
import { troubleOf } from "./governance-words.ts";
import { installManifests } from "./manifests.ts";
import { genesisFiles } from "./policy/genesis-files.ts";
import { type MemberKey, memberKey } from "./policy/member-key.ts";
import { type PolicyRepository, policyRepository } from "./policy/repository.ts";
import { rememberedPort } from "./ports.ts";
import { communityNamespace } from "./sample.ts";
import type { RunningService } from "./services.ts";
import { startServices } from "./start-services.ts";
import { type HostFacts, thisHost } from "./this-host.ts";
import { issueKey, type You, you } from "./you.ts";

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
  governance: RunningService;
  policy: PolicyRepository;
  you: You;
  memberKey: MemberKey;
  /** This machine, for the policy to declare. */
  host: HostFacts;
  /** The `ollama` command signs for this member with the key pair below this home. */
  ollamaCommand: { program: string; home: string };
  /** Port on which a model file may be served to the operator: the address policy lets it through, and no other. */
  modelFilePort: number;
  envPath: string;
}

/** How long the first member may not be in the cluster after governance has looked. */
const memberDeadlineMs = 60_000;

export async function startCommunity(options: CommunityOptions): Promise<Community> {
  const { root, state, stack, display, clock, signal } = options;
  const [programs, ollamaProgram] = await findPrograms(options);

  const step = display.step("control plane and Ollama");
  const services = [operatorService, gatewayService, governanceService];
  const planeStarting = startControlPlane({
    directory: state.controlPlane,
    programs,
    identities: services.map((service) => serviceAccount(systemNamespace, service.name)),
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
  const kinds = display.step("kinds and permissions");
  const governed = { governance: true, governedNamespaces: [communityNamespace] };
  const installed = await installManifests(client, root, clock, signal, governed);
  kinds.done(`${installed.length} kinds; what is decided in namespace ${communityNamespace} only governance may write`);

  const person = you(state.secrets);
  const ollamaHome = ollama.ours ? state.ollama : (options.env["HOME"] ?? "");
  const { policy, key } = await beginPolicy(options, person, ollamaHome);

  const modelFilePort = await rememberedPort(state.path, "model-file");
  const starting = display.step("operator, gateway and governance");
  const addresses = [ollama.url, `http://127.0.0.1:${modelFilePort}`];
  const { operator, gateway, governance } = await startServices({ ...options, plane, client, policy, addresses });
  for (const service of [operator, gateway, governance]) reportLoss(service.process, stack, options.onLost);
  starting.done(gateway.url);

  const governing = display.step("governance");
  const records = await awaitGovernance(governance, { step: governing, clock, signal });
  const why = (): string | undefined => troubleOf(governance.process, clock.now());
  await issueKey(client, person, { clock, deadlineMs: memberDeadlineMs, why, signal });
  governing.done(`${person.name} is a member; ${records} ${records === 1 ? "record" : "records"} in the decision log`);

  const envPath = writeEnvFile(state.path, {
    KUBECONFIG: plane.adminKubeconfigPath,
    COMMONHOLD_URL: gateway.url,
    COMMONHOLD_API_KEY: person.key,
    OLLAMA_HOST: ollama.url,
    COMMONHOLD_POLICY: policy.url,
    COMMONHOLD_MEMBER_KEY: key.path,
  });
  const host = { url: ollama.url, owner: person.name, modelsPath: ollama.modelsPath ?? state.ollama };
  const ollamaCommand = { program: ollamaProgram.path, home: ollamaHome };
  const parts = { client, plane, ollama, gateway, governance, policy, host, ollamaCommand, modelFilePort, envPath };
  return { ...parts, you: person, memberKey: key };
}

/** The rules by which all that comes is decided: made once, with this person as the only member. */
async function beginPolicy(
  { root, state, env, display, clock, signal }: CommunityOptions,
  { name }: You,
  ollamaHome: string,
): Promise<{ policy: PolicyRepository; key: MemberKey }> {
  const step = display.step("policy");
  const key = await memberKey(state.secrets, name);
  const files = () => {
    const ollamaKey = readIfPresent(join(ollamaHome, ".ollama", "id_ed25519.pub"))?.trim();
    const joined = rfc3339(clock.now()).slice(0, 10);
    return genesisFiles(root, { name, memberKey: key.line, ollamaKey, joined, machine: thisHost });
  };
  const policy = await policyRepository({ directory: state.path, files, signer: key.signer, env, clock, signal });
  const what = policy.isNew ? "rules for one person, signed by you" : "as it was left";
  step.done(`${policy.url}, genesis ${policy.genesis.slice(0, 12)}: ${what}`);
  return { policy, key };
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

/** A part that ends while the stack is not being stopped was killed, or failed: its own last lines say why. */
function reportLoss(part: LeashedProcess, stack: Stack, onLost: (failure: Error) => void): void {
  void part.exited.then(() => {
    if (!stack.stopping) onLost(part.failure());
  });
}
