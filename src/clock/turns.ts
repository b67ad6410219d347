/**
 * A place in the turns of this process's loop for whoever has something to begin: so many in one turn, and
 * `undefined` where there is room in this one. Between two turns the loop hears of sockets and files, so that
 * thousands of things that are due at once do not keep it from what has come meanwhile.
 */
export function createTurns(perTurn: number): () => Promise<void> | undefined {
  const waiting: (() => void)[] = [];
  let begun = 0;
  const next = (): void => {
    const here = waiting.splice(0, perTurn);
    begun = here.length;
    for (const begin of here) begin();
    if (begun > 0) setImmediate(next);
  };
  return () => {
    if (begun < perTurn) {
      if (begun === 0) setImmediate(next);
      begun++;
      return undefined;
    }
    return new Promise((resolve) => {
      waiting.push(resolve);
    });
  };
}
