export interface Patch {
  /** Of its file. */
  readonly name: string;
  readonly text: string;
  /** What it breaks. */
  readonly sentence: string;
  /** Files and folders whose tests find it. */
  readonly tests: readonly string[];
  /** Only tests with such a title. */
  readonly title?: string;
  /** What it changes. */
  readonly files: readonly string[];
}

export function readPatches(): Patch[];
