/** Where each part of a document stands in its file. */
export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

export type Path = readonly PropertyKey[];

/** Finds the line of an offset; lines end with a line feed. */
export class LineStarts {
  readonly #starts: number[] = [0];

  constructor(text: string) {
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) this.#starts.push(end + 1);
  }

  placeOf(offset: number): Place {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}

export class Places {
  readonly #values = new Map<string, Place>();
  readonly #keys = new Map<string, Place>();

  setValue(path: Path, place: Place): void {
    this.#values.set(keyOf(path), place);
  }

  setKey(path: Path, place: Place): void {
    this.#keys.set(keyOf(path), place);
  }

  /** Of the value at `path`; where there is none, of the nearest part around it. */
  ofValue(path: Path): Place {
    for (let length = path.length; length >= 0; length--) {
      const place = this.#values.get(keyOf(path.slice(0, length)));
      if (place) return place;
    }
    return { line: 1, column: 1 };
  }

  /** Of the name of the field at `path`. */
  ofKey(path: Path): Place {
    return this.#keys.get(keyOf(path)) ?? this.ofValue(path);
  }
}

/** `classes[1].quorum.atLeast`. */
export function shownPath(path: Path): string {
  let shown = "";
  for (const part of path)
    shown += typeof part === "number" ? `[${part}]` : `${shown === "" ? "" : "."}${String(part)}`;
  return shown;
}

function keyOf(path: Path): string {
  return JSON.stringify(path);
}
