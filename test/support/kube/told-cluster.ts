import fc from 'fast-check';
import { verdictKey, writesAnything } from '../../../src/kube/decide/kube-view.ts';
import type { Presence, WantedServer } from '../../../src/kube/wanted/wanted.ts';
import {
  DecideLab,
  defaultTerms,
  Killed,
  labelled,
  node,
  noEndpoint,
  serves,
  startMs,
  tainted,
  wantedOf,
  wantedServer,
  wantedService,
  web,
} from './decide-lab.ts';

const presences: readonly (Presence | 'gone')[] = [
  serves,
  serves,
  serves,
  labelled,
  tainted,
  noEndpoint,
  'gone',
  { kind: 'waits', why: 'not-ready' },
];

/** What happens to a cluster of six nodes: each at a time after the one before. */
type Happening =
  | {
      readonly kind: 'node';
      readonly n: number;
      readonly presence: number;
      readonly capacity: number;
    }
  | { readonly kind: 'connections'; readonly n: number; readonly busy: boolean }
  | { readonly kind: 'lists'; readonly which: 'empty' | 'unknown' | 'whole' }
  | { readonly kind: 'kill'; readonly after: number }
  | { readonly kind: 'service'; readonly phase: 'serving' | 'ending' };

const happening = (mayEnd: boolean): fc.Arbitrary<Happening> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('node' as const),
        n: fc.integer({ min: 1, max: 6 }),
        presence: fc.nat({ max: presences.length - 1 }),
        capacity: fc.integer({ min: 1, max: 4 }),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('connections' as const),
        n: fc.integer({ min: 1, max: 6 }),
        busy: fc.boolean(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('lists' as const),
        which: fc.constantFrom('empty' as const, 'unknown' as const, 'whole' as const),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('kill' as const), after: fc.nat({ max: 9 }) }),
    },
    ...(mayEnd
      ? [
          {
            weight: 1,
            arbitrary: fc.record({
              kind: fc.constant('service' as const),
              phase: fc.constantFrom('serving' as const, 'ending' as const),
            }),
          },
        ]
      : []),
  );

export interface Story {
  readonly gapMs: number;
  readonly what: Happening;
}

export const stories = (mayEnd = false): fc.Arbitrary<readonly Story[]> =>
  fc.array(fc.record({ gapMs: fc.integer({ min: 0, max: 40_000 }), what: happening(mayEnd) }), {
    minLength: 1,
    maxLength: 25,
  });

/** Looks at the table; right after a kill a batch may have been cut in the middle. */
type Look = (isCut?: boolean) => void;

/** A cluster and its director, to which a story happens. */
export class Told {
  readonly lab = new DecideLab();
  private readonly servers = new Map<number, WantedServer | 'gone'>();
  private phase: 'serving' | 'ending' = 'serving';
  private which: 'empty' | 'unknown' | 'whole' = 'whole';
  private killAfter: number | undefined;

  constructor(foreign: Readonly<Record<string, number>> = {}) {
    if (Object.keys(foreign).length > 0) this.lab.foreign(foreign);
    for (const n of [1, 2, 3]) this.servers.set(n, wantedServer(n));
    this.lab.terms = { ...defaultTerms, leave: { ...defaultTerms.leave, overMs: 4_000 } };
    this.see();
  }

  /** All of it, looking after each; the process that is killed starts anew at once. */
  tell(story: readonly Story[], look: Look): void {
    this.live(startMs + 60_000, look);
    for (const { gapMs, what } of story) {
      this.happen(what);
      this.live(this.lab.nowMs + gapMs, look);
    }
  }

  live(endMs: number, look: Look): void {
    const { lab } = this;
    for (let turns = 0; turns < 2_000; turns++) {
      let dueMs: number | undefined;
      try {
        // Twice: what is watched is judged at the next look.
        const before = lab.turn(this.killAfter);
        look();
        const after = lab.turn(this.killAfter);
        look();
        dueMs = after.dueMs;
        if ([before, after].some(({ services }) => services.some(writesAnything))) continue;
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        this.killAfter = undefined;
        look(true);
        continue;
      }
      if (lab.nowMs >= endMs) return;
      lab.nowMs = Math.max(lab.nowMs + 1, Math.min(endMs, dueMs ?? endMs));
    }
    throw new Error('the decision never comes to rest');
  }

  private happen(what: Happening): void {
    const { lab } = this;
    switch (what.kind) {
      case 'node': {
        const presence = presences[what.presence] ?? serves;
        const capacity = presence === noEndpoint ? 0 : what.capacity;
        const next = presence === 'gone' ? presence : wantedServer(what.n, { presence, capacity });
        this.servers.set(what.n, next);
        break;
      }
      case 'connections':
        if (what.busy)
          lab.busy.set(verdictKey(web, node(what.n)), { kind: 'busy', connections: 1 });
        else lab.busy.delete(verdictKey(web, node(what.n)));
        break;
      case 'lists':
        this.which = what.which;
        break;
      case 'kill':
        this.killAfter = what.after;
        break;
      case 'service':
        this.phase = what.phase;
    }
    this.see();
  }

  private see(): void {
    const servers = [...this.servers.values()].flatMap((one) => (one === 'gone' ? [] : [one]));
    const { which, phase } = this;
    const nodes = which === 'unknown' ? undefined : which === 'empty' ? 0 : 6;
    this.lab.wanted = wantedOf([wantedService(which === 'whole' ? servers : [], { phase })], {
      lists: { nodes, services: 1, endpointslices: 1 },
    });
  }
}
