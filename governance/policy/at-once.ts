/** Does the same to many things, some at a time. */

/**
 * `work` for each of `items`, at most `max` at once, with the answers in the order of the items. After the first failure
 * nothing new is begun, and it rejects with that failure.
 */
export async function atOnce<T, R>(
  items: readonly T[],
  max: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const answers: R[] = new Array(items.length);
  const queue = items.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        answers[index] = await work(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(max, items.length) }, worker));
  return answers;
}
