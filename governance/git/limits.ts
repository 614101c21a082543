/** How much git may say, and how long it may take. Each limit names its unit. */
export const gitLimits = {
  /** Programs that run at one time, beside the one that reads objects. */
  programsMax: 8,
  /** What one program may print. */
  outputBytesMax: 64 * 1024 * 1024,
  /** Of anything that only reads or writes here. */
  commandMsMax: 60_000,
  fetchMsMax: 600_000,
  /** Of what comes with one fetch. */
  fetchBytesMax: 1024 * 1024 * 1024,
  pushMsMax: 120_000,
  remoteRefsMsMax: 60_000,
  maintainMsMax: 600_000,
  /** Between asking a program to stop and killing it: git removes its lock files meanwhile. */
  stopMsMax: 2_000,
  /** The reader of objects says nothing for so long: it is started anew. */
  answerMsMax: 30_000,
  /** Questions that the reader of objects is sent before it has answered. */
  questionsAheadMax: 512,
  /** Of one commit, tag or tree. */
  objectBytesMax: 16 * 1024 * 1024,
  messageBytesMax: 64 * 1024,
  /** Where a caller does not say it. */
  blobBytesMax: 1024 * 1024,
  /** Files of one tree, all folders together. */
  treeEntriesMax: 50_000,
  /** Folders that are read for one answer: a small tree may name the same folder a million times. */
  foldersMax: 50_000,
  /** Entries of folders, and sizes of files, that are kept in memory: some 15 MiB. */
  rememberedEntriesMax: 60_000,
  /** Merges whose outcome is kept in memory, and paths with conflicts of them. */
  rememberedMergesMax: 4_096,
  treeDepthMax: 64,
  pathBytesMax: 4_096,
  /** Paths that differ between two trees. */
  changesMax: 50_000,
  conflictsMax: 1_000,
  firstParentsMax: 1_000_000,
  /** Commits that have to be looked at to answer what is in one history and not in another. */
  historyCommitsMax: 1_000_000,
  rangeCommitsMax: 10_000,
  /** Before they are put together. */
  looseObjectsMax: 4_096,
  packsMax: 50,
  refsMax: 100_000,
  refNameCharsMax: 400,
  refspecsMax: 1_000,
  urlCharsMax: 2_000,
  revisionCharsMax: 1_000,
} as const;
