/** A wait with an end: the promise's own answer, or a failure that says how long was waited. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not happen within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Looks again and again until it holds. */
export async function until(condition: () => boolean | Promise<boolean>, ms = 15_000): Promise<void> {
  let over = false;
  const look = async (): Promise<void> => {
    while (!over && !(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  try {
    await within(ms, look());
  } finally {
    over = true;
  }
}
