/** The same values make the same render, whenever, wherever and however often it is made: what owns the chart compares nothing else. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { kubectl, test as onPlane, startTestControlPlane } from "../control-plane/test.ts";
import { chart, helm, type Manifest, namespace, renderedText } from "./helm.ts";
import { everything, isHook } from "./installed.ts";
import { wouldBeStoredOtherwise } from "./ownership/drift.ts";
import { kubernetesVersions } from "./schemas.ts";
import { installations } from "./values.ts";

const all: [string, { values: object; profile?: string }][] = [
  ...Object.entries(installations),
  ["everything that one cluster can have", { values: everything }],
];

const otherwise: Readonly<Record<string, readonly string[]>> = {
  "a second time": [],
  "for an upgrade": ["--is-upgrade"],
  ...Object.fromEntries(
    kubernetesVersions.map((version) => [`for Kubernetes ${version}`, ["--kube-version", version]]),
  ),
};

describe.each(all)("%s", (_, { values, profile }) => {
  let text: string;
  beforeAll(async () => {
    text = await renderedText(values, profile);
  });

  test.each(Object.entries(otherwise))("are rendered the same %s", async (_, options) => {
    expect(await renderedText(values, profile, options)).toBe(text);
  });

  onPlane("are stored as they are sent, value by value", async ({ plane }) => {
    const system = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    await kubectl(plane, ["apply", "--server-side", "-f", "-"], { stdin: stringify(system) });
    const known = objectsOf(text).filter(
      ({ apiVersion }) => !/monitoring.coreos.com|gateway.networking/.test(apiVersion),
    );
    expect(await wouldBeStoredOtherwise(plane, known)).toEqual([]);
  });

  test("hold each object once", () => {
    const names = objectsOf(text).map(({ kind, metadata }) => `${kind} ${metadata.namespace} ${metadata.name}`);
    expect(names).toHaveLength(new Set(names).size);
  });

  test("have one hook, which waits for `helm test`: no sync of Argo CD makes it", () => {
    const hooks = objectsOf(text).filter(isHook);
    expect(hooks.map(({ metadata }) => [metadata.name, metadata.annotations])).toEqual([
      [
        "commonhold-question",
        {
          "helm.sh/hook": "test",
          "helm.sh/hook-delete-policy": "before-hook-creation",
          "argocd.argoproj.io/hook": "Skip",
        },
      ],
    ]);
  });
});

describe("a cluster that has it already", () => {
  test("is rendered for as none at all: what is looked up there changes nothing of what is ours", {
    timeout: 180_000,
  }, async () => {
    const plane = await startTestControlPlane();
    try {
      await helm(plane.adminKubeconfigPath, ["install", "commonhold", "--create-namespace"], everything);
      const looked = await helm(plane.adminKubeconfigPath, ["template", "commonhold", "--dry-run=server"], everything);
      expect(objectsOf(looked)).toEqual(objectsOf(await renderedText(everything)));
      // It looks: a governed namespace of somebody else's is left to them.
      const unmarked = ["meta.helm.sh/release-name-", "meta.helm.sh/release-namespace-"];
      await kubectl(plane, ["annotate", "namespace", "workshop", ...unmarked]);
      const others = await helm(plane.adminKubeconfigPath, ["template", "commonhold", "--dry-run=server"], everything);
      const missing = objectsOf(looked).filter(({ metadata }) => !named(others).includes(metadata.name));
      expect(missing.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual(["Namespace workshop"]);
    } finally {
      await plane.discard();
    }
  });
});

test("no template asks for the time, for chance, or for what the machine is that renders", () => {
  const wrong = files(join(chart, "templates")).flatMap((path) => {
    const actions = [...readFileSync(path, "utf8").matchAll(/\{\{(?!-?\s*\/\*)[\s\S]*?\}\}/g)].map(
      ([action]) => action,
    );
    const code = actions.map((action) => action.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""'));
    return code.filter((action) => changing.test(action)).map((action) => `${path}: ${action}`);
  });
  expect(wrong).toEqual([]);
});

/** Functions of Sprig and Helm whose answers differ from one render to the next. */
const changing =
  /(?<![.\w$])(now|ago|date\w*|htmlDate\w*|unixEpoch|rand\w+|uuidv4|gen(CA|PrivateKey|SelfSignedCert|SignedCert)\w*|derivePassword|htpasswd|bcrypt|encryptAES|env|expandenv|getHostByName|shuffle)(?![\w:])|\.Release\.(IsInstall|IsUpgrade|Revision)/;

test("what would be found in a template is found", () => {
  for (const action of ["{{ now }}", "{{ randAlphaNum 10 | b64enc }}", '{{ genCA "a" 1 }}', "{{ .Release.Revision }}"])
    expect(action).toMatch(changing);
  for (const action of ["{{ .Values.date }}", '{{ include "" . }}', "{{ $now }}", "{{ .now }}"])
    expect(action).not.toMatch(changing);
});

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function objectsOf(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as Manifest | null) ?? []);
}

function named(text: string): string[] {
  return objectsOf(text).map(({ metadata }) => metadata.name);
}
