import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { createTurns } from '../../../src/clock/turns.ts';

/** Takes `count` turns at once, and says how many have come by each turn of the loop. */
async function begunByTurn(count: number, perTurn: number): Promise<readonly number[]> {
  const turn = createTurns(perTurn);
  let begun = 0;
  const all = Array.from({ length: count }, async () => {
    await turn();
    begun++;
  });
  const seen: number[] = [];
  while (begun < count) {
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(begun);
  }
  await Promise.all(all);
  return seen;
}

it('turns are so many in each turn of the loop, and come to all', async () => {
  const seen = await begunByTurn(40, 16);
  expect(seen[0]).toBeLessThanOrEqual(32);
  for (const [index, one] of seen.entries()) {
    expect(one - (seen[index - 1] ?? 0)).toBeLessThanOrEqual(index === 0 ? 32 : 16);
  }
  expect(seen.at(-1)).toBe(40);
});

it('a turn is at once where there is room, again and again', async () => {
  const turn = createTurns(2);
  for (let round = 0; round < 3; round++) {
    expect([turn(), turn()]).toEqual([undefined, undefined]);
    expect(turn()).toBeInstanceOf(Promise);
    await turn();
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
});

it('what has come by a socket is heard of between two turns', async () => {
  const turn = createTurns(1);
  const server = createServer();
  const heard = new Promise<string>((resolve) => server.on('listening', () => resolve('socket')));
  server.listen(0);
  const last = Promise.all(Array.from({ length: 1_000 }, () => turn())).then(() => 'turns');
  expect(await Promise.race([heard, last])).toBe('socket');
  await last;
  server.close();
});
