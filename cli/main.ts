import { readFileSync } from "node:fs";
import { join } from "node:path";
import { commonhold } from "./program.ts";

const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8")) as {
  version: string;
};

await commonhold(version).parseAsync();
