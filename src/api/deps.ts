import type { GivenOptions } from '../config/options/options.ts';
import type { ToolSettings } from '../config/settings/settings.ts';
import type { Audience, OwnNote } from '../control/audience.ts';
import type { ControlPorts } from '../control/ports.ts';
import type { Actor } from '../domain/actor/actor.ts';
import type { TokenBook } from './access/token-book.ts';
import type { EventFeeds } from './events/event-feeds.ts';
import type { Heard } from './run/api-audience.ts';
import type { Runs } from './run/runs.ts';
import type { createStartedOnce } from './run/started-once.ts';

/** All that the control API works with. */
export interface ApiDeps {
  readonly ports: ControlPorts;
  /** The options that the server was started with: its state, its config file, its directors. */
  readonly given: GivenOptions;
  readonly tokens: TokenBook;
  readonly feeds: EventFeeds;
  readonly runs: Runs;
  readonly startedOnce: ReturnType<typeof createStartedOnce>;
  /** The audience of something that a request asks for, which its tools say more about. */
  audienceOf(tools: ToolSettings, about: RequestAbout): Audience<OwnNote>;
  readonly nowMs: () => number;
  /** A line for whoever runs the server. */
  readonly tell: (line: string) => void;
}

export interface RequestAbout extends Heard {
  readonly actor: Actor;
  /** Whether nothing is changed, so that nobody else is told. */
  readonly isOnlyShown?: boolean | undefined;
}
