/**
 * Waits for parts that run until they are stopped. If one of them fails, `stop` has to end the others.
 *
 * @throws the first failure, once all of them have ended
 */
export const endTogether = async (parts: readonly (Promise<void> | undefined)[], stop: () => void): Promise<void> => {
  try {
    await Promise.all(parts);
  } finally {
    stop();
    await Promise.allSettled(parts);
  }
};
