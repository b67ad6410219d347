/** Has the ids of rollouts drawn alike each time while a story is played: what follows depends on them. */
export async function withDrawnIds<T>(play: () => Promise<T>): Promise<T> {
  const { random } = Math;
  let drawn = 0;
  // The golden ratio's multiples are spread evenly, and no two of a story are alike.
  Math.random = () => (++drawn * 0.618_033_988_749_895) % 1;
  try {
    return await play();
  } finally {
    Math.random = random;
  }
}
