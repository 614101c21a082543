import { expect, test } from "vitest";
import { idleTable, requestsNote, rolloutTable } from "./tables.ts";

const size = { hosts: 50, deployments: 200 };

test("a rollout is told in all and for each deployment", () => {
  const table = rolloutTable(size, {
    readyMs: 30_000,
    cpuMs: 8_000,
    apiCpuMs: 10_000,
    peakResidentBytes: 200 * 2 ** 20,
    statusWrites: 1_600,
    apiRequests: { "patch modeldeployments/status": 1_600, "create events": 400 },
  });
  expect(table.rows).toEqual([
    ["time, s", "30.0", "0.150"],
    ["CPU time of the operator, s", "8.00", "0.040"],
    ["CPU time of API server and etcd, s", "10.0", "0.050"],
    ["status writes", "1,600", "8.00"],
    ["requests to the Kubernetes API", "2,000", "10.0"],
    ["highest resident memory, MiB", "200", ""],
  ]);
});

const window = {
  seconds: 60.2,
  cpuPercent: 3.21,
  residentBytes: 250 * 2 ** 20,
  apiRequests: { "update leases": 30 },
  apiRequestsPerSecond: 0.5,
  hostRequestsPerSecond: 15,
};

test("windows come in their order, after what an operator takes that has nothing to do", () => {
  const table = idleTable(size, { ...window, seconds: 10, hostRequestsPerSecond: 0 }, [window, window]);
  expect(table.rows.map(([name]) => name)).toEqual(["no hosts, no deployments (10 s)", "first 60 s", "next 60 s"]);
  expect(table.rows[1]?.slice(1)).toEqual(["250", "3.21", "0.500", "15.0"]);
});

test("which requests those were is said, also when there were none", () => {
  expect(requestsNote(window)).toContain("30 × update leases");
  expect(requestsNote({ ...window, apiRequests: {} })).toContain("none");
});
