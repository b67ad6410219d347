import fc from 'fast-check';

/** Tables of one service, and what is done with them between connections. */

const schedulers = ['wrr', 'rr', 'lc', 'wlc', 'sed', 'nq', 'fo', 'ovf'] as const;

export type Step =
  | { readonly kind: 'edit'; readonly lines: readonly string[] }
  | { readonly kind: 'sequence'; readonly count: number }
  /** A connection that stays open, and the end of the oldest one. */
  | { readonly kind: 'hold' }
  | { readonly kind: 'release' };

export interface Table {
  readonly scheduler: (typeof schedulers)[number];
  readonly steps: readonly Step[];
}

const place = fc.nat({ max: 4 });
const weight = fc.oneof(
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.nat({ max: 10 }) },
  { weight: 2, arbitrary: fc.nat({ max: 100 }) },
);
/** The connections that ended count too, for two minutes: so a small threshold is soon reached. */
const thresholds = fc.oneof(
  { weight: 5, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 40 }).map((upper) => ` -x ${upper}`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 20 }), fc.nat({ max: 20 }))
      .map(([lower, more]) => ` -x ${lower + more} -y ${lower}`),
  },
);

/** `-e V -r S3 -m -w 7`, where V stands for the service and S0 to S4 for the servers. */
const serverEdit = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('-e', '-e', '-a'), place, weight, thresholds)
      .map(([option, server, to, limits]) => `${option} V -r S${server} -m -w ${to}${limits}`),
  },
  { weight: 1, arbitrary: place.map((server) => `-d V -r S${server}`) },
);

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(serverEdit, { minLength: 1, maxLength: 4 })
      .map((lines) => ({ kind: 'edit' as const, lines })),
  },
  {
    weight: 4,
    arbitrary: fc
      .integer({ min: 1, max: 40 })
      .map((count) => ({ kind: 'sequence' as const, count })),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'hold' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'release' as const }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(...schedulers)
      .map((name) => ({ kind: 'edit' as const, lines: [`-E V -s ${name}`] })),
  },
);

export const anyTable: fc.Arbitrary<Table> = fc
  .record({
    scheduler: fc.constantFrom('wrr' as const, 'wrr' as const, ...schedulers),
    weights: fc.array(weight, { minLength: 1, maxLength: 5 }),
    steps: fc.array(anyStep, { minLength: 1, maxLength: 40, size: 'max' }),
  })
  .map(({ scheduler, weights, steps }) => ({
    scheduler,
    steps: [
      { kind: 'edit', lines: weights.map((to, server) => `-a V -r S${server} -m -w ${to}`) },
      ...steps,
    ],
  }));
