/** What the token of each account that the chart makes is good for: tried at a real API server that holds the whole render. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fieldManagers } from "../../operator/apis/group.ts";
import { type ApiAnswer, callApi } from "../control-plane/request.ts";
import { allowed } from "./access/allowed.ts";
import { apply, attributesOf, type Call, get, post } from "./access/call.ts";
import { nobody } from "./access/nobody.ts";
import * as at from "./access/places.ts";
import { type Refusal, refused } from "./access/refused.ts";
import { declaredRules, grantsOf, type Rule } from "./access/rules.ts";
import type { Manifest } from "./helm.ts";
import { everything, type Installed, install } from "./installed.ts";
import { podsOf } from "./pods.ts";

const accounts = ["commonhold-operator", "commonhold-gateway", "commonhold-governance", "commonhold-registry-filler"];
/** What a pod has that names no account; nothing is bound to it. */
const unbound = "default";
const decided = fieldManagers.governance;

let installed: Installed;
const tokens = new Map<string, string>();

beforeAll(async () => {
  installed = await install(everything);
  const admin = installed.plane.token("admin");
  tokens.set("admin", admin);
  // No controller of this control plane makes it.
  await made("admin", post(at.accounts, { metadata: { name: unbound } }));
  for (const account of [...accounts, unbound]) tokens.set(account, await installed.tokenOf(account));
  await made("admin", post(`${at.core}/namespaces`, { metadata: { name: at.foreign } }));
  await made("admin", post(`${at.core}/nodes`, { metadata: { name: at.node } }));
  for (const name of [...everything.hostSecrets, ...at.othersSecrets])
    await made("admin", post(`${at.inside(at.system)}/secrets`, { metadata: { name } }));
  await made("admin", post(`${at.inside(at.foreign)}/secrets`, { metadata: { name: "theirs" } }));
  await made("admin", post(at.events(at.foreign), { ...at.event(at.foreign), metadata: { name: "told" } }));
  await made("admin", post(at.deployments(at.foreign), at.modelDeployment("theirs", at.foreign)));
  await made("commonhold-governance", apply(`${at.ours}/members/alice`, at.member("alice"), decided));
  await made("commonhold-governance", apply(`${at.ours}/modelhosts/tower`, at.modelHost("tower"), decided));
  await made("commonhold-governance", apply(`${at.ours}/decisions/d1`, at.decision("d1"), decided));
  const chat = at.modelDeployment("chat", at.governed);
  await made("commonhold-governance", apply(`${at.deployments(at.governed)}/chat`, chat, decided));
});

afterAll(() => installed?.end());

async function ask(account: string, { method, path, body, headers }: Call): Promise<ApiAnswer> {
  const { plane } = installed;
  const token = tokens.get(account) ?? "";
  const call = { path, token, ...(headers ? { headers } : {}) };
  const isWrittenBack = method === "PUT" && body === undefined;
  const sent = isWrittenBack ? (await callApi(plane, { ...call, method: "GET" })).body : body;
  return callApi(plane, { ...call, method, body: sent });
}

async function made(account: string, call: Call): Promise<void> {
  const { status, body } = await ask(account, call);
  if (status >= 300) throw new Error(`${account}: ${call.method} ${call.path}: ${status} ${JSON.stringify(body)}`);
}

async function refuses(account: string, { call, says }: Refusal): Promise<void> {
  const { status, body } = await ask(account, call);
  expect({ status, message: body.message }).toEqual({
    status: 403,
    message: expect.stringContaining(says ?? wordsOf(call)),
  });
}

/** RBAC's own words: the request never came as far as the policies. */
function wordsOf(call: Call): string {
  const { verb, resource, group } = attributesOf(call);
  return `cannot ${verb} resource "${resource}" in API group "${group}"`;
}

describe.each(accounts)("%s", (account) => {
  describe("can", () => {
    for (const [sentence, call] of Object.entries(allowed[account] ?? {}))
      test(sentence, async () => {
        const { status, body } = await ask(account, call);
        expect(status, JSON.stringify(body)).toBeLessThan(300);
      });

    test("nothing that is declared and was not tried here", () => {
      const tried = new Set(
        Object.values(allowed[account] ?? {})
          .map(attributesOf)
          .map(({ verb, group, resource }) => `${verb} ${group}/${resource}`),
      );
      const declared = grantsOf(declaredRules(installed.objects, account, at.system, at.system));
      const untried = declared
        .map((grant) => grant.split(" ").slice(0, 2).join(" "))
        .filter((grant) => !tried.has(grant));
      // A create by name is asked where an apply makes what is not there, beside the patch.
      expect(untried).toEqual(account === "commonhold-governance" ? ["create /configmaps"] : []);
    });
  });

  describe("cannot", () => {
    for (const [sentence, refusal] of Object.entries({ ...nobody, ...refused[account] }))
      test(sentence, () => refuses(account, refusal));
  });
});

describe("a pod that names no account", () => {
  const own: Record<string, Call> = {
    "list ModelDeployments": get(`${at.ours}/modeldeployments`),
    "list Members": get(`${at.ours}/members`),
    "read the Secret that a ModelHost names": get(`${at.inside(at.system)}/secrets/host-token`),
    "make a Lease": post(at.leases(at.system), at.lease("mine")),
    "read a namespace": get(at.inside(at.governed)),
    "tell that something happened": post(at.events(at.system), at.event(at.system)),
  };
  for (const [sentence, call] of Object.entries(own))
    test(`could not ${sentence}, had it a token`, () => refuses(unbound, { call }));
  for (const [sentence, refusal] of Object.entries(nobody))
    test(`could not ${sentence}, had it a token`, () => refuses(unbound, refusal));

  test("has no token: Ollama, the witness and the question of helm test ask the API server nothing", () => {
    const pods = podsOf(installed.objects);
    const without = pods.filter(({ spec }) => !accounts.includes(spec.serviceAccountName));
    const names = without.map(({ metadata }) => metadata.labels["app.kubernetes.io/name"]);
    expect(names).toEqual(expect.arrayContaining(["ollama", "witness", "question"]));
    for (const { spec } of without)
      expect([spec.automountServiceAccountToken, spec.serviceAccountName]).toEqual([false, undefined]);
    expect(pods.length - without.length).toBe(accounts.length);
    const projected = without.flatMap(({ spec }) => spec.volumes ?? []).filter((volume) => "projected" in volume);
    expect(projected).toEqual([]);
  });
});

describe("the whole render", () => {
  const isRole = ({ kind }: Manifest): boolean => /^(Cluster)?Role$/.test(kind);
  const isBinding = ({ kind }: Manifest): boolean => /^(Cluster)?RoleBinding$/.test(kind);

  test("has accounts for those four alone", () => {
    const found = installed.objects.filter(({ kind }) => kind === "ServiceAccount");
    expect(found.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort()).toEqual(
      accounts.map((account) => `${at.system}/${account}`).sort(),
    );
  });

  test("gives nobody everything of anything: every group, resource, verb and name is written out", () => {
    const rules = installed.objects.filter(isRole).flatMap((role) => role["rules"] as Rule[]);
    expect(rules.length).toBeGreaterThan(20);
    for (const rule of rules) {
      expect(Object.keys(rule).filter((key) => !/^(apiGroups|resources|resourceNames|verbs)$/.test(key))).toEqual([]);
      expect(JSON.stringify(rule)).not.toContain("*");
    }
  });

  test("binds each account to its own role alone, and the roles for persons to nobody", () => {
    for (const binding of installed.objects.filter(isBinding)) {
      expect(accounts).toContain(binding.metadata.name);
      expect(binding["subjects"]).toEqual([
        { kind: "ServiceAccount", name: binding.metadata.name, namespace: at.system },
      ]);
      expect(binding["roleRef"].name).toBe(binding.metadata.name);
    }
  });
});

describe("what the API server says that an account may, is what the chart declares", () => {
  const places = [at.system, at.governed, at.foreign, "kube-system"];

  test.each(accounts.flatMap((account) => places.map((place) => [account, place] as const)))(
    "%s in %s",
    async (account, place) => {
      const everybody = await rulesOf(unbound, place);
      const { grants, paths } = await rulesOf(account, place);
      expect(paths).toEqual(everybody.paths);
      const own = grants.filter((grant) => !everybody.grants.includes(grant));
      expect(own).toEqual(grantsOf(declaredRules(installed.objects, account, at.system, place)));
    },
  );

  test("and what everybody may is no more than to ask about oneself", async () => {
    expect((await rulesOf(unbound, at.system)).grants).toEqual([
      "create authentication.k8s.io/selfsubjectreviews",
      "create authorization.k8s.io/selfsubjectaccessreviews",
      "create authorization.k8s.io/selfsubjectrulesreviews",
    ]);
  });
});

async function rulesOf(account: string, namespace: string): Promise<{ grants: string[]; paths: string[] }> {
  const review = post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", { spec: { namespace } });
  const { body } = await ask(account, review);
  expect(body.status.incomplete).toBe(false);
  const { resourceRules, nonResourceRules } = body.status;
  const paths = nonResourceRules.flatMap((rule: { nonResourceURLs: string[] }) => rule.nonResourceURLs).sort();
  return { grants: grantsOf(resourceRules), paths };
}
