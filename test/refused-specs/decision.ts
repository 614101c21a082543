import type { RefusedSpecs } from "./refusal.ts";

const oid = "5f3a9c01".repeat(5);
const decision = (more: object = {}) => ({
  repository: "github:123456",
  proposal: "github:123456/7",
  title: "A second machine",
  ...more,
});

export const refusedDecisions: RefusedSpecs = {
  "a decision is about something": {
    spec: decision({ proposal: undefined }),
    answer: "a decision is about exactly one of spec.proposal and spec.commit",
    about: "meaning",
  },
  "a decision is about one thing, not two": {
    spec: decision({ commit: oid }),
    answer: "a decision is about exactly one of spec.proposal and spec.commit",
    about: "meaning",
  },
  "a proposal is of the repository that decides": {
    spec: decision({ proposal: "github:1234567/7" }),
    answer: "spec.proposal is of another repository",
    about: "meaning",
  },
  "a repository is known by its number, not by its name": {
    spec: decision({ repository: "github:example/policy" }),
    answer: "spec.repository",
    about: "field",
  },
  "a commit is named whole": {
    spec: decision({ proposal: undefined, commit: "5f3a9c01" }),
    answer: "spec.commit",
    about: "field",
  },
  "a title holds no terminal escapes": {
    spec: decision({ title: "\u001b[2Jgone" }),
    answer: "holds a control character",
    about: "field",
  },
  "a title does not run backwards": {
    spec: decision({ title: "pay \u202e0001" }),
    answer: "invisible or turns the direction of text",
    about: "meaning",
  },
  "a title says something": { spec: decision({ title: "" }), answer: "spec.title", about: "field" },
  "a title is no essay": { spec: decision({ title: "a".repeat(257) }), answer: "spec.title", about: "field" },
  "an address for people is one that a browser opens": {
    spec: decision({ url: "javascript:alert(1)" }),
    answer: "url is an address for people",
    about: "meaning",
  },
  "an address for people holds no line break": {
    spec: decision({ url: "https://example.org/\u001b[2J" }),
    answer: "url is an address for people",
    about: "meaning",
  },
  "a time is a time": { spec: decision({ openedAt: "yesterday" }), answer: "spec.openedAt", about: "field" },
  "an unknown field is named, not dropped": {
    spec: decision({ passed: true }),
    answer: 'unknown field "spec.passed"',
    about: "field",
  },
};
