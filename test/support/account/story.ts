import fc from 'fast-check';
import type { StateName } from './machine.ts';

/** Something that happens to the machine. */
export type Act =
  | {
      readonly kind: 'hand-over';
      readonly state: StateName;
      readonly from: number;
      readonly to: number;
      readonly overMs: number;
      readonly force: boolean;
    }
  | {
      readonly kind: 'out' | 'in';
      readonly state: StateName;
      readonly server: number;
      readonly overMs: number;
    }
  | {
      readonly kind: 'around';
      readonly state: StateName;
      readonly server: number;
      readonly passes: boolean;
    }
  /** Of one of the rollouts and arounds that a state knows. */
  | {
      readonly kind:
        | 'resume'
        | 'rollback'
        | 'accept'
        | 'accept-back'
        | 'abandon'
        | 'pause'
        | 'continue';
      readonly state: StateName;
      readonly which: number;
    }
  | { readonly kind: 'resume-all'; readonly state: StateName }
  | { readonly kind: 'guard' | 'cluster' }
  | { readonly kind: 'node'; readonly server: number; readonly isGood: boolean }
  | { readonly kind: 'health'; readonly server: number; readonly isSick: boolean }
  | {
      readonly kind: 'kill';
      readonly which: number;
      readonly point: number;
      readonly when: 'before' | 'after';
    }
  | { readonly kind: 'signal'; readonly which: number }
  | {
      readonly kind: 'foreign';
      readonly service: number;
      readonly server: number;
      readonly weight: number;
    }
  | { readonly kind: 'reboot' };

export interface Step {
  readonly afterMs: number;
  readonly act: Act;
}

const state = process.env.ONE
  ? fc.constant<StateName>('a')
  : fc.constantFrom<StateName>('a', 'a', 'a', 'b');
const server = fc.constantFrom(1, 2, 3, 4);
const overMs = fc.constantFrom(0, 3_000, 6_000);
const which = fc.nat({ max: 3 });

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('hand-over' as const),
      ...{ state, from: server, to: fc.constantFrom(4, 5, 2), overMs },
      force: fc.constant(false),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('out' as const, 'in' as const),
      state,
      server,
      overMs,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('around' as const),
      state,
      server,
      passes: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...([
          'resume',
          'rollback',
          'accept',
          'accept-back',
          'abandon',
          'pause',
          'continue',
        ] as const),
      ),
      ...{ state, which },
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resume-all' as const), state }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'guard' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'cluster' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('node' as const),
      ...{ server: fc.constantFrom(1, 2, 3), isGood: fc.boolean() },
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('health' as const), server, isSick: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('kill' as const),
      ...{ which, point: fc.integer({ min: 1, max: 12 }) },
      when: fc.constantFrom('before' as const, 'after' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('signal' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('foreign' as const),
      ...{ service: fc.nat({ max: 1 }), server, weight: fc.constantFrom(0, 1, 9, 100) },
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'reboot' as const }) },
);

/** A random sequence of what can happen, with the time before each. */
export const stories: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({ afterMs: fc.constantFrom(0, 1_500, 4_000, 12_000), act }),
  { minLength: 1, maxLength: 9 },
);
