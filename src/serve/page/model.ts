import type { ServedState, State } from '../view/state.ts';
import { emptyHistory, type History, remember } from './history/history.ts';

/** Results of asking for `/state`. */
export type Heard =
  | { readonly kind: 'state'; readonly state: State }
  /** A token is wanted, or another one. */
  | { readonly kind: 'locked'; readonly refused: boolean }
  | { readonly kind: 'silent'; readonly why: string };

/** All that the page shows. */
export interface Model {
  readonly contact: Contact;
  /** The last answer. */
  readonly state?: State;
  /** Each director in the last answer in which it was up: what its services are shown from. */
  readonly lastUp: LastUp;
  readonly history: History;
}

/** The last state of each director that was up, by its name. */
export type LastUp = ReadonlyMap<string, { readonly atMs: number; readonly director: ServedState }>;

export type Contact =
  | { readonly kind: 'beginning' }
  | { readonly kind: 'good' }
  | { readonly kind: 'locked'; readonly refused: boolean }
  /** `sinceMs`: the last answer, or the opening of the page, by the browser's clock. */
  | { readonly kind: 'silent'; readonly sinceMs: number; readonly why: string };

export const firstModel: Model = {
  contact: { kind: 'beginning' },
  lastUp: new Map(),
  history: emptyHistory,
};

/** `lastHeardMs`: by the browser's clock, when the last answer came. */
export function hear(model: Model, heard: Heard, lastHeardMs: number): Model {
  switch (heard.kind) {
    case 'locked':
      // Whoever may not read any more does not go on reading what is left on the screen.
      return { ...firstModel, contact: heard };
    case 'silent': {
      const { contact } = model;
      const sinceMs = contact.kind === 'silent' ? contact.sinceMs : lastHeardMs;
      return { ...model, contact: { kind: 'silent', sinceMs, why: heard.why } };
    }
    case 'state': {
      const { state } = heard;
      return {
        contact: { kind: 'good' },
        state,
        lastUp: lastUpOf(model.lastUp, state),
        history: remember(model.history, state),
      };
    }
  }
}

const lastUpOf = (before: LastUp, { atMs, directors }: State): LastUp =>
  new Map(
    directors.flatMap((director) => {
      const last = director.up ? { atMs, director } : before.get(director.director);
      return last ? [[director.director, last] as const] : [];
    }),
  );
