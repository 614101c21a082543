/** How much a policy repository may be. Each limit is far above what a community needs and far below what hurts. */

/** Entries of the tree, files that mean nothing to us among them. */
export const policyFilesMax = 20_000;

/** Of all files that are read, together. */
export const policyBytesMax = 16 * 1024 * 1024;

/** Blobs that are read from git at once. */
export const blobsAtOnceMax = 32;

/** Bytes of the files whose readings are kept, and of the trees that are kept whole: of each as much as a few of the largest. */
export const bytesKeptMax = 2 * policyBytesMax;

/** Entries of `confirmations.yaml`. */
export const confirmationsMax = 1_000;
