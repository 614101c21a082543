import { expect, test } from "vitest";
import { MarkersMissing, withSection } from "./publish.ts";

const page =
  "# Title\n\nWhy.\n\n<!-- bench:start -->\nold\n<!-- /bench:start -->\n\nAfter.\n<!-- bench:gateway -->\n<!-- /bench:gateway -->\n";

test("only what lies between the markers changes, and writing twice is writing once", () => {
  const written = withSection(page, "start", "new");
  expect(written).toBe(page.replace("\nold\n", "\n\nnew\n\n"));
  expect(withSection(written, "start", "new")).toBe(written);
});

test.each([
  { name: "a page without the markers", text: "# Title" },
  { name: "a page with the first marker alone", text: "<!-- bench:start -->" },
  { name: "markers the wrong way round", text: "<!-- /bench:start --><!-- bench:start -->" },
  { name: "a marker that is there twice", text: `${page}<!-- bench:start -->` },
  { name: "a closing marker that is there twice", text: `${page}<!-- /bench:start -->` },
])("$name is refused, with the markers named", ({ text }) => {
  expect(() => withSection(text, "start", "new")).toThrow(MarkersMissing);
  expect(() => withSection(text, "start", "new")).toThrow("<!-- bench:start -->");
});
