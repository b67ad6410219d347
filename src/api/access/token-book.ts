import { createHash, timingSafeEqual } from 'node:crypto';
import type { KnownToken } from '../../config/control/tokens-file.ts';
import type { Caller } from '../../domain/actor/caller.ts';
import { type Failure, fail, ok, type Result } from '../../domain/failure.ts';

/** The tokens file on its disk. */
export interface TokensSource {
  /** A text that is another one as soon as the file is. */
  stamp(): Promise<string>;
  read(): Promise<Result<readonly KnownToken[]>>;
}

export interface TokenBook {
  /** Whoever a token stands for; fails where the file cannot be used, for then nobody is known. */
  callerOf(token: string): Promise<Result<Caller | 'unknown' | 'expired'>>;
}

export interface TokenBookOptions {
  readonly nowMs: () => number;
  /** Tells once what is wrong with a file that has changed, and once that it is of use again. */
  readonly onTurn: (failure: Failure | undefined) => void;
}

/**
 * The tokens of a file, which is read again when it changes. A changed file that cannot be used is not
 * replaced by what it was before: somebody may have taken a token out of it.
 */
export function createTokenBook(
  source: TokensSource,
  { nowMs, onTurn }: TokenBookOptions,
): TokenBook {
  let known: { readonly stamp: string; readonly tokens: Result<readonly KnownToken[]> } | undefined;
  let reading: Promise<Result<readonly KnownToken[]>> | undefined;

  const readAgain = async (): Promise<Result<readonly KnownToken[]>> => {
    const stamp = await source.stamp();
    if (known?.stamp === stamp) return known.tokens;
    const tokens = await source.read();
    const wasBad = known !== undefined && !known.tokens.ok;
    if (!tokens.ok) onTurn(tokens.failure);
    else if (wasBad) onTurn(undefined);
    known = { stamp, tokens };
    return tokens;
  };
  const tokensNow = (): Promise<Result<readonly KnownToken[]>> => {
    reading ??= readAgain().finally(() => {
      reading = undefined;
    });
    return reading;
  };

  return {
    async callerOf(token) {
      const tokens = await tokensNow();
      if (!tokens.ok) return fail(tokens.failure);
      const found = matching(tokens.value, token);
      if (!found) return ok('unknown');
      const { sha256: _, expiresMs, ...caller } = found;
      return ok(expiresMs !== undefined && expiresMs <= nowMs() ? 'expired' : caller);
    },
  };
}

/** Compares the digest with every other one, so that neither a place nor a common beginning can be measured. */
function matching(tokens: readonly KnownToken[], token: string): KnownToken | undefined {
  const digest = createHash('sha256').update(token).digest();
  let found: KnownToken | undefined;
  for (const one of tokens) {
    if (timingSafeEqual(digest, Buffer.from(one.sha256, 'hex'))) found = one;
  }
  return found;
}
