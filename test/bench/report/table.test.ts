import { expect, test } from "vitest";
import { renderTable } from "./table.ts";

test("columns line up, names to the left and numbers to the right", () => {
  const text = renderTable({
    title: "JSON",
    columns: ["variant", "p50 ms", "rps"],
    rows: [
      ["naked upstream", "0.21", "9,735"],
      ["nginx", "0.30", "800"],
    ],
  });
  expect(text).toBe(
    [
      "**JSON**",
      "",
      "| variant        | p50 ms |   rps |",
      "| -------------- | -----: | ----: |",
      "| naked upstream |   0.21 | 9,735 |",
      "| nginx          |   0.30 |   800 |",
    ].join("\n"),
  );
});

test("a name with a bar or a line end breaks no row, and a missing cell stays empty", () => {
  const text = renderTable({ title: "t", columns: ["a", "b"], rows: [["x|y\nz"]] });
  expect(text.split("\n").at(-1)).toBe("| x\\|y z |     |");
});
