/** How much one plan may show, and how long it may take. Whoever opens a proposal decides how large it is. */

/** Lines of one object's diff, and characters of one line. */
export const diffLinesMax = 400;
export const lineCharsMax = 500;
/** Lines that differ, beyond which everything before is shown as taken out and everything after as put in. */
export const editsMax = 2_000;

/** Objects whose diff is shown; of the others it is said that they change. */
export const diffsMax = 300;

/** For all questions to the cluster together. What was not answered by then is compared by files. */
export const clusterMsMax = 60_000;
export const clusterCallsAtOnceMax = 32;
/** Changes from which on all objects of the kinds are listed once instead of being asked for one by one. */
export const listedFrom = 50;

/** Models that are looked up, how many at once, and how long that may take for all together. */
export const modelsMax = 20;
export const modelsAtOnceMax = 4;
export const modelMsMax = 30_000;

/** Sentences about machines. */
export const capacityLinesMax = 50;
/** Hosts times deployments up to which placement is asked: it looks at each pair. */
export const placementPairsMax = 500_000;
