/** What a ValidatingAdmissionPolicy is made of. Every expression is CEL. */

export interface Policy {
  name: string;
  resourceRules: readonly ResourceRule[];
  /** By name; a request for which one is false is none of the policy's business. They cannot use the variables. */
  matchConditions: Readonly<Record<string, string>>;
  /** By name, used as `variables.name`; each may use those before it, and is computed only where it is needed. */
  variables: Readonly<Record<string, string>>;
  /** All are asked; of those that do not hold the first one speaks. */
  validations: readonly Validation[];
}

export interface ResourceRule {
  apiGroups: readonly string[];
  apiVersions: readonly string[];
  operations: readonly ("CREATE" | "UPDATE" | "DELETE")[];
  resources: readonly string[];
}

export interface Validation {
  expression: string;
  /** CEL that makes the sentence of the refusal. */
  sentence: string;
}

/** A CEL string. Ours hold no quotes and no backslashes. */
export function text(value: string): string {
  if (/['\\\n]/.test(value))
    throw new TypeError(`a CEL string of ours holds no quote, backslash or line feed: ${value}`);
  return `'${value}'`;
}

/** A line each, so that the manifest can be read. */
export function all(...conditions: readonly string[]): string {
  return conditions.map(grouped).join("\n&& ");
}

export function any(...conditions: readonly string[]): string {
  return conditions.map(grouped).join("\n|| ");
}

function grouped(condition: string): string {
  return /&&|\|\||\?/.test(condition) ? `(${condition.replaceAll("\n", "\n  ")})` : condition;
}

/** The name that RBAC and admission know a ServiceAccount by. */
export function userOf(namespace: string, serviceAccount: string): string {
  return text(`system:serviceaccount:${namespace}:${serviceAccount}`);
}
