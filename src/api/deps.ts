import type { GivenOptions } from '../config/options/options.ts';
import type { ControlPorts } from '../control/ports.ts';
import type { TokenBook } from './access/token-book.ts';
import type { EventFeeds } from './events/event-feeds.ts';

/** All that the control API works with. */
export interface ApiDeps {
  readonly ports: ControlPorts;
  /** The options that the server was started with: its state, its config file, its directors. */
  readonly given: GivenOptions;
  readonly tokens: TokenBook;
  readonly feeds: EventFeeds;
  readonly nowMs: () => number;
  /** A line for whoever runs the server. */
  readonly tell: (line: string) => void;
}
