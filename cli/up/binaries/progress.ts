import type { BinaryName } from "./catalog.ts";

/** What is being done to have a binary, in the order in which it can happen. */
export type Phase =
  | "looking"
  | "waiting"
  | "downloading"
  | "verifying"
  | "unpacking"
  | "preparing"
  | "building"
  | "ready";

/** One step forward. `done` and `total` count bytes while downloading and Go packages while building. */
export interface Progress {
  name: BinaryName;
  phase: Phase;
  done: number;
  /** Undefined while nobody can know it. */
  total: number | undefined;
  /** A sentence for a person, without the binary's name. */
  message: string;
}

export type OnProgress = (progress: Progress) => void;
