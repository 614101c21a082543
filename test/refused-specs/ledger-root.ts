import type { RefusedSpecs } from "./refusal.ts";

const day = "2026-11-02";
const name = day;
const root = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
const other = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=";

export const refusedLedgerRoots: RefusedSpecs = {
  "a day has one root, under its own name": {
    spec: { day, size: 7, root },
    name: "2026-11-03",
    answer: "metadata.name is the day",
    about: "meaning",
  },
  "a day is one of the calendar's": {
    spec: { day: "2026-13-02", size: 7, root },
    name: "2026-13-02",
    answer: "spec.day",
    about: "field",
  },
  "a root is 32 bytes": { spec: { day, size: 7, root: "c2hvcnQ=" }, name, answer: "spec.root", about: "field" },
  "a ledger never has fewer than no records": {
    spec: { day, size: -1, root },
    name,
    answer: "spec.size",
    about: "field",
  },
  "a checkpoint is of that root": {
    spec: { day, size: 7, root, checkpoint: `ledger.example\n7\n${other}\n\n— ledger.example AAAA\n` },
    name,
    answer: "spec.checkpoint is of another root",
    about: "meaning",
  },
};
