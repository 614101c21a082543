import { defineConfig } from "vitest/config";

const env = (name: string): string => process.env[`COMMONHOLD_TEST_${name}`] ?? "";

/** What not every run can have. Where it is missing, these are not among the tests: none is ever skipped. */
const elsewhere = [
  ...(env("FULL") === "1" ? [] : ["test/doubles/github/openapi/openapi.test.ts"]),
  ...(env("GITHUB_TOKEN") !== "" && env("GITHUB_REPOSITORY") !== ""
    ? []
    : ["test/github-contract/real-github.test.ts"]),
];

/** How long `expect.poll` asks where a test names no deadline: the default of one second is short for a busy machine. */
const patient = { poll: { timeout: 45_000 } };

/**
 * Five projects: `unit` needs nothing, `integration` a real control plane per worker, `e2e` the whole system, `node` root and a real node, `kind` a Docker
 * engine.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          expect: patient,
          name: "unit",
          include: ["{operator,api,governance,cli,test}/**/*.test.ts"],
          exclude: [
            "**/*.integration.test.ts",
            "test/e2e/**",
            "test/node/**",
            "test/kind/kind.test.ts",
            "**/node_modules/**",
            "dist/**",
            ...elsewhere,
          ],
          // Many tests run real git and real keys: this is a deadline for a busy machine, not a time that any of them takes.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          expect: patient,
          name: "integration",
          include: ["{operator,api,governance,cli,test}/**/*.integration.test.ts"],
          exclude: ["test/e2e/**", "**/node_modules/**", "dist/**"],
          // Above the longest wait inside a test, so that what was waited for is what a failure names.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          // A worker runs many files, so that it starts one control plane (test/control-plane) and not one per file.
          isolate: false,
        },
      },
      {
        test: {
          expect: patient,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          expect: patient,
          name: "node",
          include: ["test/node/**/*.test.ts"],
          testTimeout: 600_000,
          // From nothing the images take minutes: Debian's packages, npm's, a compilation.
          hookTimeout: 900_000,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
      {
        test: {
          expect: patient,
          name: "kind",
          include: ["test/kind/kind.test.ts"],
          testTimeout: 600_000,
          // From nothing: programs, images, a cluster.
          hookTimeout: 1_800_000,
          maxWorkers: 1,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
