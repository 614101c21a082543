import { expect, test } from "vitest";
import { objectTitle } from "../policy/policy.ts";
import { host, members, model, policyOf } from "../policy/tree.fixture.ts";
import { changedObjects } from "./changed-objects.ts";

const changes = (before: object, after: object): string[] =>
  changedObjects(policyOf({ ...before }), policyOf({ ...after })).map((one) => {
    const how = one.before && one.after ? "changes" : one.after ? "comes" : "goes";
    return `${objectTitle(one)} ${how}`;
  });

test.each([
  ["nothing", {}, {}, []],
  ["a comment", {}, { "models/smollm2.yaml": `# why\n${model("smollm2")}` }, []],
  [
    "a value",
    {},
    { "models/smollm2.yaml": model("smollm2", "community", "{model: {ollama: b}}") },
    ["ModelDeployment community/smollm2 changes"],
  ],
  ["a new file", {}, { "models/b.yaml": model("b") }, ["ModelDeployment community/b comes"]],
  ["a file that is gone", { "models/b.yaml": model("b") }, {}, ["ModelDeployment community/b goes"]],
  [
    "a renamed file with another name inside",
    { "models/b.yaml": model("b") },
    { "models/c.yaml": model("c") },
    ["ModelDeployment community/c comes", "ModelDeployment community/b goes"],
  ],
  [
    "a renamed file with the same object",
    {},
    { "models/smollm2.yaml": undefined, "models/community.smollm2.yaml": model("smollm2") },
    [],
  ],
  [
    "the same name in another namespace",
    {},
    { "models/smollm2.yaml": model("smollm2", "lab") },
    ["ModelDeployment lab/smollm2 comes", "ModelDeployment community/smollm2 goes"],
  ],
  [
    "a member's role",
    {},
    { "members.yaml": members.replace("[member, maintainer]", "[member]") },
    ["Member alice changes"],
  ],
  [
    "a member's machine, which is in no object",
    {},
    { "members.yaml": members.replace("[bob-server]", "[bob-server, bob-2]") },
    [],
  ],
  ["a machine", {}, { "hosts/bob-server.yaml": host("bob-server", "bob") }, ["ModelHost bob-server comes"]],
])("%s", (_, before, after, expected) => {
  expect(changes(before, after)).toEqual(expected);
});
