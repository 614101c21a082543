import { expect, test } from "vitest";
import type { Result } from "../benchmark.ts";
import { renderSection } from "./section.ts";

const result: Result = {
  name: "start",
  machine: {
    cpu: "Some CPU",
    cores: 2,
    memoryBytes: 24 * 2 ** 30,
    system: "Linux 6 x64",
    node: "20.20.2",
    commit: "abc",
  },
  startedAt: "2026-11-23T12:00:00Z",
  tookMs: 61_000,
  loadBefore: 0.25,
  tables: [{ title: "T", columns: ["a", "b"], rows: [["x", "1"]] }],
  notes: ["nginx was absent."],
  programs: { Ollama: "0.24.0" },
  measurements: {},
};

test("a section says when, on what and how busy that was, then the tables, then what was special", () => {
  const text = renderSection(result);
  expect(text).toContain("Measured 2026-11-23 at commit abc in 61 s, load of the machine before it 0.250.");
  expect(text).toContain("2 × Some CPU, 24 GiB, Linux 6 x64; Node 20.20.2, Ollama 0.24.0.");
  expect(text.indexOf("**T**")).toBeLessThan(text.indexOf("- nginx was absent."));
});

test("where the system tells no load, none is claimed", () => {
  expect(renderSection({ ...result, loadBefore: Number.NaN })).not.toContain("load of the machine");
});
