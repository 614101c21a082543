/**
 * An installation without machines: a real API server with everything of ours in it, and the services as they run there, each with the
 * token of its own ServiceAccount. That models and hosts are ready is said by the test.
 */
import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { pino } from "pino";
import { watchCatalogue } from "../../api/catalogue/watch.ts";
import { readSettings as readGatewaySettings } from "../../api/settings.ts";
import { startGateway } from "../../api/start.ts";
import { type Cluster, openCluster } from "../../cli/backup/cluster.ts";
import type { Surroundings } from "../../cli/policy/surroundings.ts";
import { installManifests } from "../../cli/up/community/manifests.ts";
import { serviceAccount } from "../../cli/up/control-plane/control-plane.ts";
import { type RunningGovernance, startGovernance } from "../../governance/service/start.ts";
import { readSettings } from "../../governance/settings.ts";
import { systemNamespace } from "../../operator/apis/group.ts";
import { gatewayService, governanceService, operatorService } from "../../operator/apis/permissions.ts";
import { systemClock, systemRandom } from "../../operator/clock/system.ts";
import { createKubeClient, type KubeClient } from "../../operator/kube/client.ts";
import { kubeConfigFromFile } from "../../operator/kube/kubeconfig.ts";
import { startTestControlPlane } from "../control-plane/test.ts";
import { startNurse } from "../governance/nurse.ts";

export interface Installation {
  readonly cluster: Cluster;
  readonly admin: KubeClient;
  /** `policy`: path of the policy repository. Resolves when it leads and has looked once. */
  startGovernance(state: string, policy: string, genesis: string): Promise<RunningGovernance>;
  /** Resolves to its URL, when it knows the members. */
  startGateway(): Promise<string>;
  /** Ends the services, and leaves the cluster. */
  stopServices(): Promise<void>;
  discard(): Promise<void>;
}

const root = join(import.meta.dirname, "../..");
const silent = pino({ level: "silent" });
const account = ({ name }: { readonly name: string }) => serviceAccount(systemNamespace, name);

export async function startInstallation(around: Surroundings): Promise<Installation> {
  const identities = [governanceService, operatorService, gatewayService].map(account);
  const plane = await startTestControlPlane({ identities });
  const cluster = openCluster(plane.adminKubeconfigPath, around);
  const clients: KubeClient[] = [];
  const clientOf = (service: { readonly name: string }): KubeClient => {
    const client = createKubeClient(kubeConfigFromFile(plane.kubeconfig(account(service))), { clock: systemClock });
    clients.push(client);
    return client;
  };
  const rule = { governance: true, governedNamespaces: ["community"] };
  await installManifests(cluster.client, root, systemClock, around.signal, rule);
  const services: { stop(): Promise<unknown> }[] = [startNurse(clientOf(operatorService))];
  const stopServices = async (): Promise<void> => {
    await Promise.all(services.splice(0).map((service) => service.stop()));
  };
  return {
    cluster,
    admin: cluster.client,
    stopServices,
    async startGovernance(state, policy, genesis) {
      const service = await startGovernance({
        settings: governanceSettings(state, policy, genesis),
        ...{ client: clientOf(governanceService), logger: silent, clock: systemClock, random: systemRandom },
        ...{ randomBytes, fetch, identity: `of-${state}`, environment: { PATH: process.env["PATH"] } },
      });
      services.push(service);
      return service;
    },
    async startGateway() {
      const watching = new AbortController();
      setMaxListeners(0, watching.signal);
      const common = { clock: systemClock, random: systemRandom, logger: silent };
      const catalogue = watchCatalogue({ client: clientOf(gatewayService), ...common });
      const watched = catalogue.run(watching.signal);
      await catalogue.synced;
      const gateway = await startGateway({
        ...{ catalogue, ...common, settings: readGatewaySettings({ COMMONHOLD_GATEWAY_PORT: "0" }) },
        ...{ readSecret: async () => undefined, newRequestId: () => randomBytes(8).toString("hex") },
      });
      services.push({
        stop: async () => {
          await gateway.stop();
          watching.abort(new Error("the test is over"));
          await watched;
        },
      });
      return gateway.url;
    },
    async discard() {
      await stopServices();
      await Promise.all([...clients.map((client) => client.close()), cluster.close()]);
      await plane.discard();
    },
  };
}

function governanceSettings(state: string, policy: string, genesis: string) {
  return readSettings({
    COMMONHOLD_GOVERNANCE_PORT: "0",
    COMMONHOLD_GOVERNANCE_STATE: state,
    COMMONHOLD_POLICY: policy,
    COMMONHOLD_POLICY_GENESIS: genesis,
    COMMONHOLD_POLL_MS: "1000",
    COMMONHOLD_LEASE_DURATION_MS: "10000",
  });
}
