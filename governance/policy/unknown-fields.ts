/**
 * Fields that a kind does not have. The API server would drop them in silence and the zod source of a kind passes them
 * over; in a policy a field that does nothing is a decision that nobody carries out, so it is a problem with its place.
 */
import { z } from "zod";
import { nearestNames } from "../../operator/text/nearest.ts";
import type { Path } from "../constitution/documents/places.ts";
import type { JsonValue } from "../constitution/documents/yaml-tree.ts";

export interface UnknownField {
  /** Of the mapping that it stands in. */
  readonly within: Path;
  readonly name: string;
  /** For "did you mean": the fields that may stand there, or where none is near all that the kind has. */
  readonly known: readonly string[];
}

/** The part of a JSON schema that is looked at. */
interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly additionalProperties?: unknown;
  readonly items?: Shape;
}

/** Of `data`, which stands at `path`; only names are looked at, values are for zod. */
export function unknownFields(schema: z.ZodType, data: JsonValue, path: Path): UnknownField[] {
  const { shape, names } = shapeOf(schema);
  const unknown: UnknownField[] = [];
  const open: [shape: Shape, data: JsonValue, path: Path][] = [[shape, data, path]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [here, value, within] = next;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) if (here.items) open.push([here.items, item, [...within, index]]);
    } else if (typeof value === "object") {
      for (const [name, field] of Object.entries(value)) {
        const inner = fieldOf(here, name);
        if (inner) open.push([inner, field, [...within, name]]);
        else unknown.push({ within, name, known: knownFor(name, here, names) });
      }
    }
  }
  return unknown;
}

interface KnownShape {
  readonly shape: Shape;
  /** Of all fields, wherever they stand. */
  readonly names: readonly string[];
}

const shapes = new WeakMap<z.ZodType, KnownShape>();

function shapeOf(schema: z.ZodType): KnownShape {
  const before = shapes.get(schema);
  if (before) return before;
  const shape = z.toJSONSchema(schema, { target: "openapi-3.0", io: "input" }) as Shape;
  const made = { shape, names: [...new Set(namesIn(shape))] };
  shapes.set(schema, made);
  return made;
}

function namesIn(shape: Shape): string[] {
  const inner = [...Object.values(shape.properties ?? {}), ...(shape.items ? [shape.items] : [])];
  return [...Object.keys(shape.properties ?? {}), ...inner.flatMap(namesIn)];
}

function fieldOf({ properties, additionalProperties }: Shape, name: string): Shape | undefined {
  if (properties && Object.hasOwn(properties, name)) return properties[name];
  if (typeof additionalProperties === "object" && additionalProperties !== null) return additionalProperties;
  // What should be no mapping at all has no fields to know: zod says what it should have been.
  return properties ? undefined : {};
}

function knownFor(name: string, { properties = {} }: Shape, names: readonly string[]): readonly string[] {
  const siblings = Object.keys(properties);
  return nearestNames(name, siblings, 1).length > 0 ? siblings : names;
}
