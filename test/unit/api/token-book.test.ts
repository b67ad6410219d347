import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createTokenBook } from '../../../src/api/access/token-book.ts';
import type { KnownToken } from '../../../src/config/control/tokens-file.ts';
import { type Failure, fail, ok, type Result } from '../../../src/domain/failure.ts';

const secret = 'a-token-of-somebody';
const known = (token: string, more: Partial<KnownToken> = {}): KnownToken => ({
  name: 'ci',
  role: 'read',
  sha256: createHash('sha256').update(token).digest('hex'),
  ...more,
});

/** A tokens file that a test replaces. */
function bookOf(first: Result<readonly KnownToken[]>, nowMs = 0) {
  let file = first;
  let stamp = 0;
  let reads = 0;
  const turns: (Failure | undefined)[] = [];
  const book = createTokenBook(
    {
      stamp: async () => `${stamp}`,
      read: async () => {
        reads++;
        return file;
      },
    },
    { nowMs: () => nowMs, onTurn: (failure) => turns.push(failure) },
  );
  return {
    book,
    turns,
    reads: () => reads,
    replace(next: Result<readonly KnownToken[]>) {
      file = next;
      stamp++;
    },
  };
}

describe('a token book', () => {
  it('knows a token by its digest, and nobody by the digest itself', async () => {
    const { book } = bookOf(ok([known('another'), known(secret, { name: 'me', role: 'start' })]));
    expect(await book.callerOf(secret)).toEqual(ok({ name: 'me', role: 'start' }));
    expect(await book.callerOf(known(secret).sha256)).toEqual(ok('unknown'));
    expect(await book.callerOf('')).toEqual(ok('unknown'));
  });

  it('reads the file again when it has changed, and no sooner', async () => {
    const { book, replace, reads } = bookOf(ok([known(secret)]));
    await Promise.all([book.callerOf(secret), book.callerOf(secret), book.callerOf('x')]);
    await book.callerOf(secret);
    expect(reads()).toBe(1);
    replace(ok([]));
    expect(await book.callerOf(secret)).toEqual(ok('unknown'));
    expect(reads()).toBe(2);
  });

  it('knows nobody while a changed file is of no use, and says so once', async () => {
    const { book, replace, turns } = bookOf(ok([known(secret)]));
    await book.callerOf(secret);
    const broken: Failure = { kind: 'usage', what: 'no YAML' };
    replace(fail(broken));
    expect((await book.callerOf(secret)).ok).toBe(false);
    expect((await book.callerOf(secret)).ok).toBe(false);
    replace(ok([known(secret)]));
    expect((await book.callerOf(secret)).ok).toBe(true);
    expect(turns).toEqual([broken, undefined]);
  });

  it('lets a token expire at its moment', async () => {
    const tokens = ok([known(secret, { expiresMs: 1_000 })]);
    expect(await bookOf(tokens, 999).book.callerOf(secret)).toEqual(
      ok({ name: 'ci', role: 'read' }),
    );
    expect(await bookOf(tokens, 1_000).book.callerOf(secret)).toEqual(ok('expired'));
  });
});
