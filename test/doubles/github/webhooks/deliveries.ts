/**
 * Webhooks as GitHub sends them: signed, in the order of what happened, once, and never again by itself. They wait in a queue
 * until a test delivers them, so that it can drop, double, reorder or delay them, or sign them with another secret.
 */
import { randomUUID } from "node:crypto";
import { Webhooks } from "@octokit/webhooks";
import { checkWebhook } from "../openapi/validate.ts";
import { organization, user } from "../render/account.ts";
import { repository } from "../render/repository.ts";
import { nodeId } from "../render/urls.ts";
import type { Happening, World } from "../state/world.ts";

export interface Delivery {
  /** `X-GitHub-Delivery`. */
  readonly id: string;
  readonly event: Happening["event"];
  readonly action: string | undefined;
  readonly body: string;
}

export interface Outcome {
  readonly delivery: Delivery;
  /** Of the answer; undefined: nobody answered. */
  readonly status: number | undefined;
}

export interface Signing {
  /** Another secret than the right one; null: no signature at all. */
  readonly secret?: string | null;
}

/** GitHub waits so long for an answer. */
const answerMaxMs = 10_000;

export class Deliveries {
  /** What waits, oldest first. A test may change it in any way. */
  readonly queue: Delivery[] = [];
  /** What was delivered, and how it was answered. */
  readonly outcomes: Outcome[] = [];
  /** With what deliveries are signed from now on. */
  secret: string;
  readonly #world: World;
  readonly #mismatches: string[];
  #url: string | undefined;
  #isAutomatic = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(world: World, secret: string, mismatches: string[]) {
    this.#world = world;
    this.secret = secret;
    this.#mismatches = mismatches;
  }

  /** From now on events are queued. `url`: where they go; `automatic`: at once, in order. */
  listen(url?: string, { automatic = false }: { automatic?: boolean } = {}): void {
    this.#url = url;
    this.#isAutomatic = automatic;
    this.#world.listener = (happening, payload) => this.#enqueue(happening, payload);
  }

  /** Sends the oldest `count`, all by default, one after the other. */
  async deliver({ count = this.queue.length, ...signing }: { count?: number } & Signing = {}): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const delivery of this.queue.splice(0, count)) outcomes.push(await this.send(delivery, signing));
    return outcomes;
  }

  /** They are lost, as when the receiver was down. Gives how many. */
  drop(which: (delivery: Delivery) => boolean = () => true): number {
    const kept = this.queue.filter((delivery) => !which(delivery));
    const dropped = this.queue.length - kept.length;
    this.queue.splice(0, this.queue.length, ...kept);
    return dropped;
  }

  /** Each comes twice, with the same id. */
  double(which: (delivery: Delivery) => boolean = () => true): void {
    const twice = this.queue.flatMap((delivery) => (which(delivery) ? [delivery, delivery] : [delivery]));
    this.queue.splice(0, this.queue.length, ...twice);
  }

  reverse(): void {
    this.queue.reverse();
  }

  /** Sends one, whether it was sent before or not. */
  async send(delivery: Delivery, signing: Signing = {}): Promise<Outcome> {
    if (this.#url === undefined) throw new Error("nobody listens: call webhooks.listen(url) first");
    const { headers, body } = await this.signed(delivery, signing);
    const request = { method: "POST", headers, body, signal: AbortSignal.timeout(answerMaxMs) };
    const answer = await fetch(this.#url, request).catch(() => undefined);
    await answer?.body?.cancel();
    const outcome = { delivery, status: answer?.status };
    this.outcomes.push(outcome);
    return outcome;
  }

  /** The request that it makes, for a receiver that is called without a network. */
  async signed(
    { id, event, body }: Delivery,
    { secret = this.secret }: Signing = {},
  ): Promise<{ headers: Record<string, string>; body: string }> {
    const headers = {
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/double",
      "x-github-delivery": id,
      "x-github-event": event,
      "x-github-hook-installation-target-type": "integration",
    };
    if (secret === null) return { headers, body };
    return { headers: { ...headers, "x-hub-signature-256": await new Webhooks({ secret }).sign(body) }, body };
  }

  /** Waits until what is delivered automatically has been answered. */
  async settle(): Promise<void> {
    let last: unknown;
    while (last !== this.#running) {
      last = this.#running;
      await last;
    }
  }

  #enqueue({ event, action, sender, repository: at }: Happening, payload: Readonly<Record<string, unknown>>): void {
    const installation = this.#world.apps.installedOn(at);
    // A hook of the App: only where it is installed, and only what it subscribed to.
    if (!installation?.app.events.includes(event)) return;
    const whole = {
      ...(action !== undefined && { action }),
      ...payload,
      repository: repository(this.#world, at),
      ...(at.owner.type === "Organization" && { organization: organization(this.#world, at.owner) }),
      sender: user(this.#world, sender),
      installation: { id: installation.id, node_id: nodeId("Installation", installation.id) },
    };
    this.#mismatches.push(...checkWebhook(action === undefined ? event : `${event}.${action}`, whole));
    this.queue.push({ id: randomUUID(), event, action, body: JSON.stringify(whole) });
    if (this.#isAutomatic) this.#running = this.#running.then(() => this.deliver());
  }
}
