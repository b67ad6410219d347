import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The tests that know the most in the least time: a mutant that one of them notices meets no other. */
const first = ['unit/domain', 'unit/planner', 'unit/rollout/', 'unit/guard/decide', 'unit/guard'];

class QuickFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const isPlayed = /unit\/rollout\/[^/]+$/.test(moduleId);
      const place = first.findIndex((name) => moduleId.includes(`/test/${name}`));
      return place < 0 || isPlayed ? first.length : place;
    };
    return files.toSorted((a, b) => rank(a) - rank(b));
  }
}

const rooms = process.env.DRAIN_MUTATE_ROOMS?.split(',') ?? [];
const isQuick = process.env.DRAIN_MUTATE_QUICK === '1';

/** Rollouts and guards that are played for many seconds each: only whole runs have the time. */
const long = [
  'test/unit/rollout/{fleet,handshake-gate,hanging-ipvsadm,one-process-a-poll}.test.ts',
  'test/unit/guard/{guard-reasons,hanging-servers,guard-health}.test.ts',
  'test/property/rollout/{gates,prefixes}.test.ts',
];

/** What reads, keeps and prints the types of the domain: for the others only a longer way round. */
const ofDomain = [
  'test/unit/{config,record,reporters}/*.test.ts',
  'test/unit/store/{arounds,marks,old-sentences,traces}.test.ts',
  'test/unit/commands/{marks,rollout-id,watch-rollouts}.test.ts',
];

const ofRoom = (room: string): readonly string[] => [
  `test/unit/${room}/**/*.test.ts`,
  // Chaos and its like would meet each mutant for minutes.
  ...(room === 'rollout'
    ? [
        'test/property/order-changes.test.ts',
        'test/property/rollout/{around,gates,handshakes,prefixes}.test.ts',
      ]
    : [`test/property/${room}/**/*.test.ts`]),
  ...(room === 'domain' ? ofDomain : []),
];

/** The tests that mutants meet: those of all rooms, or in haste those of the room they are in. */
export default defineConfig({
  test: {
    include: (isQuick ? rooms : ['domain', 'planner', 'guard', 'rollout']).flatMap(ofRoom),
    exclude: isQuick ? long : [],
    isolate: false,
    sequence: { sequencer: QuickFirst },
    setupFiles: ['test/support/fixed-seed.ts', 'test/support/no-table-locks.ts'],
    env: { DRAIN_SEED: '1', DRAIN_NO_CHECK: '1' },
    testTimeout: 60_000,
  },
});
