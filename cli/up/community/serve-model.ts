/** From a community that is up to a model that answers: what this machine and its model need is decided, applied, and followed. */
import type { RolloutCode } from "../../../governance/rollout/rollout.ts";
import { type Decision, decisions } from "../../../operator/apis/decision.ts";
import { annotations } from "../../../operator/apis/group.ts";
import { type ModelDeployment, modelDeployments } from "../../../operator/apis/model-deployment.ts";
import type { Clock } from "../../../operator/clock/clock.ts";
import type { Display, Step } from "../../display/display.ts";
import type { Surroundings } from "../../policy/surroundings.ts";
import { sampleModelFile, sampleModelSha256 } from "../model-file/sample.ts";
import type { Stack } from "../processes/stack.ts";
import type { StateDirectory } from "../state/directory.ts";
import type { Community } from "./community.ts";
import { type DeploymentRef, followToReady } from "./follow.ts";
import { formerHost, formerModel, removeFormerModel } from "./former.ts";
import { wakeGovernance } from "./governance.ts";
import { troubleOf } from "./governance-words.ts";
import { begin, type Wish } from "./policy/begin.ts";
import { type Decided, type Deciding, decide } from "./policy/decide.ts";
import { followDecision, whyNot } from "./policy/follow-decision.ts";
import { type ChosenModel, chooseModel, type PolicyFiles } from "./sample.ts";
import { hostFile, hostPath, thisHost } from "./this-host.ts";

export interface ServeModelOptions {
  readonly root: string;
  readonly state: StateDirectory;
  /** Of a model that the person wants instead of the sample. */
  readonly reference: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How long a model may take in all, and how long nothing may move meanwhile. */
  readonly deadlineMs: number;
  readonly patienceMs: number;
  readonly stack: Stack;
  readonly display: Display;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Resolves to the model's name once it answers. */
export async function serveModel(community: Community, options: ServeModelOptions): Promise<string> {
  const { client } = community;
  const { display, clock, signal } = options;
  const deciding = decidingIn(community, options);
  const step = display.step("proposal");
  let chosen: ChosenModel | undefined;
  const begun = await begin(deciding.flags, deciding.around, community.memberKey.signer, async (files) => {
    chosen = await chooseModel(files, sampleOptions(community, options, step));
    return wishFor(community, files, chosen, signal);
  });
  if (!chosen) throw new TypeError("begin asks for a wish before it resolves");
  const { ref, change, source } = chosen;
  const decided = await decide(begun, step, deciding);
  // A model that is changed is followed while it is applied; one that stays waits until what it stands on is in force.
  const isOurs = begun.state === "proposed";
  if (isOurs && !change) await inForce(decided, community, options);
  const model = display.step("model");
  model.update(source);
  await inCluster(ref, { decided, isChanged: change !== undefined }, model, community, options);
  const deployment = await followToReady(client, ref, (text) => model.update(text), options);
  model.done(`${ref.name} ${standing(deployment)}: ${source}`);
  if (isOurs && change) await inForce(decided, community, options);
  if (await removeFormerModel(client, ref.name, { clock, signal })) {
    display.step("moved").done(`default/${ref.name} of the version before is now ${ref.namespace}/${ref.name}`);
  }
  return ref.name;
}

/** `is ready on this-machine`, or how it falls short of what is asked for. */
function standing({ status }: ModelDeployment): string {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const where = status?.hosts ?? "a host";
  return ready?.status === "True" ? `is ready on ${where}` : `answers on ${where} (${ready?.message})`;
}

function decidingIn(community: Community, { state, env, display, clock, signal }: ServeModelOptions): Deciding {
  const { client, governance, policy, memberKey } = community;
  // What is read of the policy here lies in the state directory and goes with it.
  const around: Surroundings = {
    env: { ...env, XDG_CACHE_HOME: state.cache },
    cwd: state.path,
    clock,
    signal,
    say: () => {},
  };
  return {
    ...{ around, client, display, clock, signal },
    flags: { repository: policy.url, branch: "main", key: memberKey.path },
    wake: () => wakeGovernance(governance, signal),
    trouble: () => troubleOf(governance.process, clock.now()),
  };
}

function sampleOptions(community: Community, options: ServeModelOptions, step: Step) {
  const { root, reference, env, stack, clock, signal } = options;
  const onProgress = (text: string): void => step.update(text);
  return {
    ...{ root, reference, signal },
    fileSha256: sampleModelSha256,
    serveFile: async () => {
      const file = await sampleModelFile({ port: community.modelFilePort, env, onProgress, clock, signal });
      return stack.add(file).source;
    },
    former: (name: string) => formerModel(community.client, name, signal),
    offline: env["COMMONHOLD_OFFLINE"] === "1",
  };
}

async function wishFor(
  { client, host }: Community,
  files: PolicyFiles,
  { change }: ChosenModel,
  signal: AbortSignal,
): Promise<Wish> {
  const present = await files.read(hostPath);
  const former = present === undefined ? await formerHost(client, signal) : undefined;
  const machine = hostFile(host, present, former);
  const words = [
    ...(machine === undefined ? [] : [present === undefined ? `add ${thisHost}` : `reach ${thisHost} at ${host.url}`]),
    ...(change ? [change.words] : []),
  ].join(" and ");
  return {
    title: `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`,
    files: { ...(machine !== undefined && { [hostPath]: machine }), ...(change && { [change.path]: change.text }) },
  };
}

const everyMs = 200;

/** Waits until the deployment is there as it was decided. Throws an Error with what keeps it from it. */
async function inCluster(
  ref: DeploymentRef,
  { decided, isChanged }: { readonly decided: Decided; readonly isChanged: boolean },
  step: Step,
  { client }: Community,
  { clock, patienceMs, signal }: ServeModelOptions,
): Promise<void> {
  const merge = isChanged && decided.state === "decided" ? decided.decision.status?.merge : undefined;
  let [said, saidAt] = ["", clock.now()];
  for (;;) {
    const model = await client.get<ModelDeployment>(modelDeployments, ref, { signal });
    if (model && (merge === undefined || model.metadata.annotations?.[annotations.ratifiedCommit] === merge)) return;
    if (decided.state === "undecided") throw new Error(`${ref.name} is not served: ${decided.why}`);
    const why =
      decided.state === "same" ? "governance has not applied it" : await whyNotApplied(client, decided, signal);
    if (why !== said) [said, saidAt] = [why, clock.now()];
    step.update(why);
    if (clock.now() - saidAt >= patienceMs) throw new Error(`${ref.name} cannot be served: ${why}`);
    await clock.sleep(everyMs, signal);
  }
}

/** Shows how what was decided comes into force, which is when all that it changed is healthy. */
async function inForce(
  decided: Decided,
  { client, governance }: Community,
  { display, clock, patienceMs, signal }: ServeModelOptions,
): Promise<void> {
  if (decided.state !== "decided") return;
  const step = display.step("applied");
  const { name } = decided.decision.metadata;
  const trouble = (): string | undefined => troubleOf(governance.process, clock.now());
  const onNews = (text: string): void => step.update(text);
  const options = { clock, patienceMs, trouble, onNews, isHopeless, signal };
  const found = await followDecision(client, name, ["applied"], options);
  if (!found.isThere) throw new Error(`what was decided is not in force: ${found.why}`);
  const { receiptCount = 0, unchanged = 0 } = found.decision.status ?? {};
  const objects = receiptCount === 1 ? "1 object" : `${receiptCount} objects`;
  step.done(`${objects} changed, ${unchanged} as before; kubectl get decisions shows it`);
}

async function whyNotApplied(
  client: Community["client"],
  { decision }: Extract<Decided, { state: "decided" }>,
  signal: AbortSignal,
): Promise<string> {
  const now = await client.get<Decision>(decisions, { name: decision.metadata.name }, { signal });
  if (now && isHopeless(now)) throw new Error(`what was decided cannot be applied: ${whyNot(now)}`);
  return now ? whyNot(now) : "the Decision was removed";
}

/** Only a change of the policy, or a person, helps. */
function isHopeless({ status }: Decision): boolean {
  const applied = status?.conditions?.find(({ type }) => type === "Applied");
  return status?.state === "applyFailed" && hopeless.has(applied?.reason ?? "");
}

const hopeless: ReadonlySet<string> = new Set<RolloutCode>([
  "Refused",
  "EmptySet",
  "PruneCap",
  "Unconfirmed",
  "NamespaceMissing",
]);
