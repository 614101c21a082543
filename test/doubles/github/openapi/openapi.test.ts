/** In the long run alone (`vitest.config.ts`): GitHub's whole description is large. */
import { expect, test } from "vitest";
import { renderDescription, trimmedDescription } from "./trim.ts";

/** Written anew by `COMMONHOLD_TEST_FULL=1 npx vitest run --project unit test/doubles/github/openapi --update`. */
test("openapi.json is what GitHub's description says of the operations that the double answers", async () => {
  await expect(renderDescription(trimmedDescription())).toMatchFileSnapshot("openapi.json");
}, 300_000);
