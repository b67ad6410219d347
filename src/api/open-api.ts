import { createTokenBook, type TokenBookOptions, type TokensSource } from './access/token-book.ts';
import { type Api, createApi } from './api.ts';
import type { ApiDeps } from './deps.ts';
import { createEventFeeds } from './events/event-feeds.ts';

export interface ApiOptions extends Omit<ApiDeps, 'tokens' | 'feeds'> {
  readonly tokens: TokensSource & Pick<TokenBookOptions, 'onTurn'>;
}

/** Opens the control API of a server. */
export function openApi({ tokens, ...deps }: ApiOptions): Api {
  const { nowMs } = deps;
  return createApi({
    ...deps,
    tokens: createTokenBook(tokens, { nowMs, onTurn: tokens.onTurn }),
    feeds: createEventFeeds(),
  });
}
