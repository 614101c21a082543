import { defineConfig } from "vitest/config";

/** Three projects: `unit` needs nothing, `integration` a real control plane per worker, `e2e` the whole system. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{operator,api,governance,cli,test}/**/*.test.ts"],
          exclude: ["**/*.integration.test.ts", "test/e2e/**", "**/node_modules/**", "dist/**"],
          // Many tests run real git and real keys: this is a deadline for a busy machine, not a time that any of them takes.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["{operator,api,governance,cli,test}/**/*.integration.test.ts"],
          exclude: ["test/e2e/**", "**/node_modules/**", "dist/**"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          // A worker runs many files, so that it starts one control plane (test/control-plane) and not one per file.
          isolate: false,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
