import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, as measured: begun last, one worker would be left with it alone. */
const longest = [
  'property/rollout/one-account',
  'cli/packages',
  'cli/take-over',
  'cli/pasted-commands',
  'cli/around',
  'cli/live-page',
  'cli/earlier-rollouts',
  'cli/earlier-etcd',
  'property/rollout/prefixes',
  'property/rollout/chaos',
  'property/rollout/faults',
  'cli/ways-out',
  'cli/sequences',
  'cli/signals',
  'cli/standing-terminal',
  'property/rollout/fighting-controllers',
  'property/rollout/maintenance-chaos',
  'property/rollout/fleet-chaos',
  'cli/report',
  'unit/mutants',
  'kernel/fleet.',
  'kernel/fleet-tables',
  'kernel/contract',
  'kernel/who-is-who',
  'kernel/going-on',
  'kernel/hand-over',
  'kernel/guard',
  'kernel/shares',
  'kernel/around',
  'kernel/ipvs-gate',
  'kernel/state-faults',
  'kernel/doctor',
  'kernel/gates',
  'kernel/maintenance',
  'kernel/not-draining',
  'kernel/ways-out',
  'kernel/bench.',
  'kernel/serve-page',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = longest.findIndex((name) => moduleId.includes(`/test/${name}`));
      return place < 0 ? longest.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'fast',
          // Twice the usual two cores: a property keeps a core busy, and much of the rest waits for commands
          // and their clocks.
          maxWorkers: 4,
          // A third of the time would be loading the same modules for each file.
          isolate: false,
          // Concurrent tests of a file are whole commands, several each.
          maxConcurrency: 3,
          // Nothing listens at the servers of a table that is a file.
          env: { DRAIN_NO_CHECK: '1' },
          setupFiles: ['test/support/fixed-seed.ts', 'test/support/no-table-locks.ts'],
          // Spawned commands and long simulations, on machines that may be busy with others: for what
          // hangs, and no measure of anything.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          include: ['test/{unit,property,cli,contract}/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          globalSetup: 'test/support/lab/global-setup.ts',
          // Workers with one module graph each, so that its files share one booted kernel. On two cores,
          // for a kernel uses a third of one on average: its tests wait for ramps and drains.
          pool: 'forks',
          isolate: false,
          maxWorkers: 4,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // After the others: what it measures is time.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
