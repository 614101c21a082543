/**
 * The language of quorums: whole numbers, `n` (how many may vote), `+ - * /`, parentheses and `sqrt ceil floor min max`.
 *
 *     sum     = product {("+" | "-") product}
 *     product = factor {("*" | "/") factor}
 *     factor  = number | "n" | name "(" sum {"," sum} ")" | "(" sum ")"
 *
 * Nothing else can be said in it, nothing is executed, and it ends: its length and depth are bounded. A sum of roots has
 * no exact short form, so a root is rounded (`ceil`, `floor`) before something is added to it; that is checked here.
 */

export type Expression =
  | { readonly op: "number"; readonly value: number }
  | { readonly op: "n" }
  | { readonly op: "+" | "-" | "*" | "/"; readonly left: Expression; readonly right: Expression }
  | { readonly op: FunctionName; readonly of: readonly Expression[] };

export type FunctionName = "sqrt" | "ceil" | "floor" | "min" | "max";

/** Thrown for a formula that cannot be read: a sentence for people. */
export class FormulaError extends Error {
  override readonly name = "FormulaError";
}

export const formulaCharsMax = 80;
const depthMax = 8;
const numberMax = 1_000_000;
const argumentsMax = 4;

const argumentCounts: Readonly<Record<FunctionName, readonly [least: number, most: number]>> = {
  sqrt: [1, 1],
  ceil: [1, 1],
  floor: [1, 1],
  min: [2, argumentsMax],
  max: [2, argumentsMax],
};

export function parseFormula(text: string): Expression {
  if (text.length > formulaCharsMax) {
    throw new FormulaError(`the formula has ${text.length} characters, ${formulaCharsMax} are the most`);
  }
  const reading: Reading = { tokens: tokensOf(text), at: 0 };
  const expression = sum(reading, 0);
  const rest = reading.tokens[reading.at];
  if (rest !== undefined) throw new FormulaError(`"${rest}" is not expected here`);
  return expression;
}

interface Reading {
  readonly tokens: readonly string[];
  at: number;
}

function tokensOf(text: string): string[] {
  const tokens = text.match(/[0-9]+|[a-z]+|[^\s]/g) ?? [];
  const strange = tokens.find((token) => !/^([0-9]+|[a-z]+|[-+*/(),])$/.test(token));
  if (strange !== undefined) throw new FormulaError(`the sign ${JSON.stringify(strange)} has no meaning in a formula`);
  return tokens;
}

function sum(reading: Reading, depth: number): Expression {
  let left = product(reading, depth);
  for (let op = take(reading, "+", "-"); op; op = take(reading, "+", "-")) {
    const right = product(reading, depth);
    if (isRoot(left) || isRoot(right)) {
      throw new FormulaError(`a root is rounded before "${op}": write ceil(…) or floor(…) around it`);
    }
    left = { op, left, right };
  }
  return left;
}

function product(reading: Reading, depth: number): Expression {
  let left = factor(reading, depth);
  for (let op = take(reading, "*", "/"); op; op = take(reading, "*", "/")) {
    left = { op, left, right: factor(reading, depth) };
  }
  return left;
}

function factor(reading: Reading, depth: number): Expression {
  if (depth > depthMax) throw new FormulaError(`parentheses lie more than ${depthMax} deep in each other`);
  const token = reading.tokens[reading.at++];
  if (token === undefined) throw new FormulaError("the formula ends too early");
  if (token === "n") return { op: "n" };
  if (token === "(") {
    const inner = sum(reading, depth + 1);
    expect(reading, ")");
    return inner;
  }
  if (/^[0-9]/.test(token)) return numberOf(token);
  if (!Object.hasOwn(argumentCounts, token)) {
    throw new FormulaError(`"${token}" is neither a number nor n nor one of sqrt, ceil, floor, min, max`);
  }
  return call(token as FunctionName, reading, depth);
}

function numberOf(token: string): Expression {
  const value = Number(token);
  if (String(value) !== token || value > numberMax) {
    throw new FormulaError(`${token.slice(0, 20)} is no number from 0 to ${numberMax} in plain digits`);
  }
  return { op: "number", value };
}

function call(op: FunctionName, reading: Reading, depth: number): Expression {
  expect(reading, "(");
  const of = [sum(reading, depth + 1)];
  while (take(reading, ",")) of.push(sum(reading, depth + 1));
  expect(reading, ")");
  const [least, most] = argumentCounts[op];
  if (of.length < least || of.length > most) {
    throw new FormulaError(`${op} takes ${least === most ? least : `${least} to ${most}`} values, not ${of.length}`);
  }
  if (op === "sqrt" && of.some(isRoot))
    throw new FormulaError("sqrt is taken of a whole number or a fraction, not of a root");
  return { op, of };
}

/** Whether a value may be irrational. */
function isRoot(expression: Expression): boolean {
  switch (expression.op) {
    case "number":
    case "n":
    case "ceil":
    case "floor":
      return false;
    case "sqrt":
      return true;
    case "min":
    case "max":
      return expression.of.some(isRoot);
    default:
      return isRoot(expression.left) || isRoot(expression.right);
  }
}

function take<T extends string>(reading: Reading, ...wanted: readonly T[]): T | undefined {
  const found = wanted.find((token) => token === reading.tokens[reading.at]);
  if (found !== undefined) reading.at++;
  return found;
}

function expect(reading: Reading, wanted: string): void {
  if (take(reading, wanted) === undefined) {
    throw new FormulaError(`"${wanted}" is missing before ${reading.tokens[reading.at] ?? "the end"}`);
  }
}
