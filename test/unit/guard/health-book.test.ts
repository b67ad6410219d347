import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHealthBook } from '../../../src/guard/health-book.ts';
import { guarded, key, web } from '../../support/simulated-guard.ts';

describe('a health book', () => {
  it('knows exactly the servers whose verdict is down, whatever answers come and whatever is forgotten', () => {
    const step = fc.record({
      server: fc.integer({ min: 1, max: 4 }),
      what: fc.constantFrom('good', 'bad', 'bad', 'bad', 'start-over', 'forget'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const book = createHealthBook();
        for (const [atMs, { server, what }] of steps.entries()) {
          if (what === 'start-over') book.startOver(web, key(server));
          else if (what === 'forget' && server === 1) book.forget(web);
          else {
            const passed = what === 'good';
            const answer = { passed, askedMs: atMs, atMs, detail: what };
            book.hear(web, key(server), answer, guarded.timing);
          }
          const down = [...book.of(web)].flatMap(([one, { verdict }]) =>
            verdict === 'down' ? [one] : [],
          );
          expect([...book.down(web)].sort()).toEqual(down.sort());
        }
      }),
    );
  });
});
