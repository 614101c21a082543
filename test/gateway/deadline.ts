/** Long enough for a machine with other work: how soon something happens is the bench's matter, never a test's. */
const patienceMs = 60_000;

/** A wait with an end: the promise's own answer, or a failure that says how long was waited. */
export async function inTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not happen within ${patienceMs} ms`)), patienceMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Looks again and again until it holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  let over = false;
  const look = async (): Promise<void> => {
    while (!over && !(await condition())) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  try {
    await inTime(look());
  } finally {
    over = true;
  }
}
