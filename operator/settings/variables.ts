/**
 * Settings of a process as a table of environment variables, each with its default, bounds and meaning. From the one table come
 * the typed settings, the refusals and the reference page. Pure: a `main.ts` passes the environment in.
 */
import { z } from "zod";

export interface Variable<Settings> {
  readonly setting: keyof Settings & string;
  readonly name: string;
  readonly schema: z.ZodType;
  /** As it would stand in the environment. */
  readonly fallback: string;
  readonly meaning: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Throws a `TypeError` that names every variable that cannot be read, and why. An empty variable counts as absent. */
export function readVariables<Settings>(variables: readonly Variable<Settings>[], environment: Environment): Settings {
  const problems: string[] = [];
  const entries = variables.map(({ setting, name, schema, fallback }) => {
    const text = environment[name] || fallback;
    const result = schema.safeParse(text);
    if (!result.success) problems.push(`${name}=${JSON.stringify(text)}: ${result.error.issues[0]?.message}`);
    return [setting, result.data];
  });
  if (problems.length > 0) throw new TypeError(problems.join("; "));
  return Object.fromEntries(entries) as Settings;
}

/** Rows of a reference page. */
export function variableRows(variables: readonly Variable<never>[]): string {
  const row = ({ name, fallback, meaning }: Variable<never>): string =>
    `| \`${name}\` | ${fallback === "" ? "" : `\`${fallback}\``} | ${meaning} |\n`;
  return variables.map(row).join("");
}

export const whole = (min: number, max: number) =>
  z.coerce.number(`write a whole number from ${min} to ${max}`).int().min(min).max(max);

/** Up to a week. */
export const milliseconds = (min = 1) => whole(min, 7 * 24 * 60 * 60 * 1000);

/** Entries with commas between; spaces around them and empty ones do not count. */
export const listOf = (entry: z.ZodType<string, string> = z.string()) =>
  z
    .string()
    .transform((text) => text.split(",").map((part) => part.trim()))
    .transform((parts) => parts.filter((part) => part !== ""))
    .pipe(z.array(entry));

export const logLevel = () => z.enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"]);

export type LogLevel = z.infer<ReturnType<typeof logLevel>>;

export const namespaceName = () =>
  z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "is no name of a namespace");

/** Of every process of ours. */
export const logLevelVariable = {
  setting: "logLevel",
  name: "COMMONHOLD_LOG_LEVEL",
  schema: logLevel(),
  fallback: "info",
  meaning: "Least level that is logged.",
} as const;

/** Of every process whose stop is bounded as a whole. */
export const stopTimeoutVariable = {
  setting: "stopTimeoutMs",
  name: "COMMONHOLD_STOP_TIMEOUT_MS",
  schema: milliseconds(),
  fallback: "10000",
  meaning: "How long a stop may take before it is forced.",
} as const;
