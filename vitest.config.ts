import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * What takes longest, as measured: begun last, one worker would be left with it alone. What computes is
 * dealt among the kernels.
 */
const longest = [
  'cli/packages',
  'cli/take-over',
  'cli/pasted-commands',
  'cli/control-acting',
  'cli/prometheus',
  'cli/around',
  'cli/live-page',
  'cli/earlier-rollouts',
  'cli/earlier-etcd',
  'cli/kube-shared',
  'cli/kube-run',
  'cli/ways-out',
  'cli/sequences',
  'cli/signals',
  'cli/standing-terminal',
  'cli/report',
  'kernel/keepalived.',
  'kernel/keepalived-files',
  'kernel/kube',
  'kernel/fleet.',
  'kernel/who-is-who',
  'kernel/windows',
  'kernel/fleet-tables',
  'property/rollout/one-account',
  'kernel/hand-over',
  'kernel/contract',
  'kernel/shares',
  'property/rollout/chaos',
  'kernel/going-on',
  'kernel/guard',
  'mutation/mutants',
  'kernel/moves',
  'kernel/control',
  'kernel/around',
  'kernel/ipvs-gate',
  'property/rollout/prefixes',
  'kernel/state-faults',
  'kernel/doctor',
  'property/rollout/faults',
  'kernel/gates',
  'kernel/maintenance',
  'property/rollout/fighting-controllers',
  'kernel/not-draining',
  'property/rollout/maintenance-chaos',
  'kernel/ways-out',
  'property/rollout/fleet-chaos',
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

const setupFiles = [
  'test/support/fixed-seed.ts',
  'test/support/no-table-locks.ts',
  'test/support/loaded-forms.ts',
];

/**
 * Spawned commands and long simulations, on machines that may be busy with others: for what hangs, and no
 * measure of anything.
 */
const whatHangs = { testTimeout: 180_000, hookTimeout: 180_000 };

/**
 * Kernels after the commands, for what they measure is time; and what computes beside them: on the usual two
 * cores a kernel uses a third of one on average, for its tests wait for ramps and drains.
 */
const besideEachOther = { maxWorkers: 5, sequence: { groupOrder: 1 } };

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'fast',
          // Twice the usual two cores: much of it waits for commands and their clocks.
          maxWorkers: 4,
          // A third of the time would be loading the same modules for each file.
          isolate: false,
          // Concurrent tests of a file are whole commands, several each.
          maxConcurrency: 3,
          // Nothing listens at the servers of a table that is a file.
          env: { DRAIN_NO_CHECK: '1' },
          setupFiles,
          ...whatHangs,
          include: ['test/{unit,cli,contract}/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'property',
          include: ['test/{property,mutation}/**/*.test.ts'],
          setupFiles: ['test/support/others-first.ts', ...setupFiles],
          isolate: false,
          ...whatHangs,
          ...besideEachOther,
        },
      },
      {
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          globalSetup: 'test/support/lab/global-setup.ts',
          // A worker has one module graph, so that its files share one booted kernel.
          pool: 'forks',
          isolate: false,
          ...whatHangs,
          ...besideEachOther,
        },
      },
    ],
  },
});
