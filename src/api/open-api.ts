import type { ToolSettings } from '../config/settings/settings.ts';
import type { EndedRollout } from '../control/audience.ts';
import { takeOver } from '../control/resume/take-over.ts';
import type { Actor } from '../domain/actor/actor.ts';
import type { Failure } from '../domain/failure.ts';
import type { Reporter } from '../reporters/reporter.ts';
import { describeFailure } from '../reporters/wording.ts';
import { createTokenBook, type TokenBookOptions, type TokensSource } from './access/token-book.ts';
import { type Api, createApi } from './api.ts';
import type { ApiDeps } from './deps.ts';
import { createEventFeeds } from './events/event-feeds.ts';
import { serveProgram, wasRunByServer } from './run/actors.ts';
import { apiAudience } from './run/api-audience.ts';
import { createRuns } from './run/runs.ts';
import { createStartedOnce } from './run/started-once.ts';
import { servedSite } from './site.ts';

export interface ApiOptions extends Pick<ApiDeps, 'ports' | 'given' | 'nowMs' | 'tell'> {
  readonly tokens: TokensSource & Pick<TokenBookOptions, 'onTurn'>;
  /** Whoever the server runs as. */
  readonly self: Actor;
  /** Creates the listeners that the settings ask for, beside events: recipients of notices. */
  readonly createListeners: (tools: ToolSettings) => Promise<readonly Reporter[]>;
  /** Makes what the settings ask for of a rollout that has ended: a report. */
  readonly onEnded: (tools: ToolSettings, ended: EndedRollout) => Promise<void>;
}

/** Opens the control API of a server, and goes on with the rollouts that an earlier one has left. */
export function openApi({ tokens, self, createListeners, onEnded, ...given }: ApiOptions): Api {
  const { nowMs, ports, tell } = given;
  const stop = ports.listenForStop();
  const tellFailures = (failures: readonly Failure[]): void => {
    for (const failure of failures) tell(describeFailure(failure));
  };
  const deps: ApiDeps = {
    ...given,
    tokens: createTokenBook(tokens, { nowMs, onTurn: tokens.onTurn }),
    feeds: createEventFeeds(),
    runs: createRuns(stop, tellFailures),
    startedOnce: createStartedOnce(),
    audienceOf: (tools, { isOnlyShown, ...about }) =>
      apiAudience({
        ...about,
        createListeners: async () => (isOnlyShown ? [] : createListeners(tools)),
        onEnded: (ended) => onEnded(tools, ended),
      }),
  };
  /** Goes on until the server stops with what has lost the server that ran it. */
  const goOn = async (): Promise<void> => {
    const site = await servedSite(deps);
    if (!site.ok) return tellFailures([site.failure]);
    const actor = { ...self, program: serveProgram };
    const audience = deps.audienceOf(site.value.tools, { actor, onFailures: tellFailures });
    await takeOver(ports, site.value.store, audience, {
      isOurs: ({ acts }) => wasRunByServer(acts),
      onTaken: (rollout) => tell(`going on with rollout ${rollout}`),
    });
  };
  return createApi(deps, goOn());
}
