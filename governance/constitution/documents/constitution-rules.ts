/** What the fields of a constitution have to do with each other: an ordered list, each entry one rule. */
import { hasMachine, matchGlob } from "../paths/glob.ts";
import { constitutionPath, membersPath } from "../paths/path-problem.ts";
import type { Constitution } from "./constitution.ts";
import type { ConstitutionDocument } from "./constitution-schema.ts";
import { spanOf } from "./duration.ts";
import { type Path, type Places, shownPath } from "./places.ts";
import type { Problem } from "./problem.ts";
import { laxities } from "./strictness.ts";

interface Fault {
  readonly path: Path;
  readonly reason: string;
  readonly fix: string;
}

type Rule = (constitution: Constitution, document: ConstitutionDocument) => readonly Fault[];

export function constitutionProblems(
  constitution: Constitution,
  document: ConstitutionDocument,
  file: string,
  places: Places,
): Problem[] {
  const faults = rules.flatMap((rule) => rule(constitution, document));
  return faults.map(({ path, reason, fix }) => ({ file, ...places.ofValue(path), path: shownPath(path), reason, fix }));
}

/** An emergency is for the days until a vote can be held, not a way to rule. */
const emergencyMsMax = 72 * 3_600_000;

const rules: readonly Rule[] = [
  // The first constitution has no predecessor; every later one names it.
  ({ version, previous }) => {
    if (version === 1 && previous !== undefined) {
      return [{ path: ["previous"], reason: "version 1 has no predecessor", fix: "delete the field" }];
    }
    if (version > 1 && previous === undefined) {
      return [
        {
          path: ["version"],
          reason: `version ${version} does not name its predecessor`,
          fix: "add previous: with the digest of the constitution that it replaces",
        },
      ];
    }
    return [];
  },
  ({ classes }) =>
    classes.flatMap(({ name }, index) =>
      classes.findIndex((other) => other.name === name) < index
        ? [{ path: ["classes", index, "name"], reason: `there are two classes ${name}`, fix: "rename one" }]
        : [],
    ),
  ({ classes, defaultClass }) =>
    classes.some(({ name }) => name === defaultClass)
      ? []
      : [
          {
            path: ["defaultClass"],
            reason: `there is no class ${defaultClass}`,
            fix: `write one of ${classes.map(({ name }) => name).join(", ")}`,
          },
        ],
  // The rules for changing the rules are the strictest, or the others could be undone by them.
  ({ classes }) => {
    const strictest = classes.length - 1;
    if (classes[strictest]?.paths.some((glob) => matchGlob(glob, constitutionPath))) return [];
    return [
      {
        path: ["classes", strictest, "paths"],
        reason: `${constitutionPath} is not decided by the last and strictest class`,
        fix: `add ${constitutionPath} to its paths`,
      },
    ];
  },
  // Who decides is as weighty as how: never by falling through to the default, never by the most lenient class.
  ({ classes }) => {
    const least = classes.length > 1 ? 1 : 0;
    const isNamed = classes.slice(least).some(({ paths }) => paths.some((glob) => matchGlob(glob, membersPath)));
    return isNamed
      ? []
      : [
          {
            path: ["classes"],
            reason: `${membersPath} is decided by ${least === 0 ? "no class" : "none but the most lenient class"}`,
            fix: `add ${membersPath} to the paths of a stricter class`,
          },
        ];
  },
  ({ classes }) =>
    classes.slice(1).flatMap((later, index) =>
      classes.slice(0, index + 1).flatMap((earlier) =>
        laxities(earlier, later).map(({ field, reason }) => ({
          path: ["classes", index + 1, ...field],
          reason: `class ${later.name} ${reason}`,
          fix: "list classes from the most lenient to the strictest, each at least as strict as those before it",
        })),
      ),
    ),
  ({ classes }) =>
    classes.flatMap(({ minMs, maxMs, lateQuorumMs }, index) => {
      const path = ["classes", index];
      if (maxMs === 0)
        return [{ path: [...path, "period", "max"], reason: "the period has no length", fix: "write at least 1s" }];
      if (minMs > maxMs) {
        return [
          {
            path: [...path, "period"],
            reason: `min is ${spanOf(minMs)}, longer than max, ${spanOf(maxMs)}`,
            fix: "make max at least as long as min",
          },
        ];
      }
      if (lateQuorumMs <= maxMs) return [];
      return [
        {
          path: [...path, "lateQuorum"],
          reason: `${spanOf(lateQuorumMs)} are longer than the whole period`,
          fix: "make it at most as long as period.max",
        },
      ];
    }),
  (_, { classes }) =>
    classes.flatMap(({ quorum }, index) =>
      (quorum.atLeast === undefined) === (quorum.formula === undefined)
        ? [
            {
              path: ["classes", index, "quorum"],
              reason: "quorum needs one of atLeast and formula",
              fix: "write atLeast: 2, or formula: ceil(n / 2)",
            },
          ]
        : [],
    ),
  // Who owns which machine is read from the path.
  ({ classes }) =>
    classes.flatMap(({ paths, requires, veto }, index) => {
      const needsOwner = requires.owner || veto.owner;
      return paths.flatMap((glob, at) => {
        if (hasMachine(glob) === needsOwner) return [];
        const path = ["classes", index, "paths", at];
        return needsOwner
          ? [
              {
                path,
                reason: `${glob.text} does not say whose machine it is, and the class asks its owner`,
                fix: "write {machine} where the machine's name stands, or move the path to another class",
              },
            ]
          : [
              {
                path,
                reason: `${glob.text} names a machine, but the class does not ask its owner`,
                fix: "set requires.owner or veto.owner, or write * for {machine}",
              },
            ];
      });
    }),
  ({ emergency }) =>
    emergency && (emergency.expires > emergencyMsMax || emergency.expires === 0)
      ? [
          {
            path: ["emergency", "expires"],
            reason: `an emergency lasts up to ${spanOf(emergencyMsMax)}, here ${spanOf(emergency.expires)}`,
            fix: "write a time from 1s to 72h",
          },
        ]
      : [],
  ({ voters }) => repeated(voters, ["voters"]),
  ({ emergency }) => repeated(emergency?.may ?? [], ["emergency", "may"]),
];

function repeated(values: readonly string[], path: Path): Fault[] {
  return values.flatMap((value, index) =>
    values.indexOf(value) < index
      ? [{ path: [...path, index], reason: `${value} is listed twice`, fix: "delete one" }]
      : [],
  );
}
