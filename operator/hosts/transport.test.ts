import { describe, expect, test } from "vitest";
import { createAddressPolicy } from "../addresses/policy.ts";
import { transportOf } from "./transport.ts";

const settings = { clusterDomain: "cluster.local", clusterNetworks: createAddressPolicy({ allow: ["10.42.0.0/16"] }) };

const cases: [url: string, reason: string][] = [
  ["https://gpu1.example.org:11434", "Encrypted"],
  ["https://192.168.1.7:11434", "Encrypted"],
  ["http://127.0.0.1:11434", "WithinMachineOrCluster"],
  ["http://127.8.9.1:11434", "WithinMachineOrCluster"],
  ["http://0x7f.1:11434", "WithinMachineOrCluster"],
  ["http://[::1]:11434", "WithinMachineOrCluster"],
  ["http://localhost:11434", "WithinMachineOrCluster"],
  ["http://ollama.default.svc:11434", "WithinMachineOrCluster"],
  ["http://ollama.default.svc.cluster.local:11434", "WithinMachineOrCluster"],
  ["http://OLLAMA.default.SVC.cluster.local.:11434", "WithinMachineOrCluster"],
  ["http://10-42-0-7.default.pod.cluster.local:11434", "WithinMachineOrCluster"],
  ["http://10.42.0.7:11434", "WithinMachineOrCluster"],
  ["http://10.43.0.7:11434", "PlainHttp"],
  ["http://192.168.1.7:11434", "PlainHttp"],
  ["http://gpu1.example.org:11434", "PlainHttp"],
  ["http://svc:11434", "PlainHttp"],
  ["http://ollama.svc.example.org:11434", "PlainHttp"],
  ["http://ollama.default.svc.cluster.local.example.org", "PlainHttp"],
  ["http://127.0.0.1.example.org:11434", "PlainHttp"],
  ["http://localhost.example.org", "PlainHttp"],
  ["http://[fd00::1]:11434", "PlainHttp"],
];

describe("transport", () => {
  test.each(cases)("%s is %s", (url, reason) => {
    expect(transportOf(new URL(url), settings).reason).toBe(reason);
  });

  test("plain http is told with what to do instead", () => {
    expect(transportOf(new URL("http://gpu1.example.org"), settings).message).toMatch(/https endpoint/);
  });
});
