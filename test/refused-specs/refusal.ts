/** One spec that the API server must refuse, and the sentence that the person gets. */
export interface RefusedSpec {
  spec: unknown;
  /** Part of the sentence that must be in the answer. */
  answer: string;
  /** `field`: one value is out of its range or form. `meaning`: fields contradict each other, or a value makes no sense. */
  about: "field" | "meaning";
  /** Name of the object, where the name is what is wrong. */
  name?: string;
}

export type RefusedSpecs = Record<string, RefusedSpec>;

export const sha = (letter: string): string => letter.repeat(64);
