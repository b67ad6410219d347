import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          // One more than usual on two cores: half of the time is waiting for commands and their clocks.
          maxWorkers: 2,
          // Concurrent tests of a file are whole commands, several each.
          maxConcurrency: 3,
          setupFiles: ['test/support/fixed-seed.ts'],
          // Spawned commands and long simulations, on machines that may be busy with others.
          testTimeout: 60_000,
          include: ['test/{unit,property,cli,contract}/**/*.test.ts'],
        },
      },
      {
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          // Two workers, each with one module graph, so that its files share one booted kernel.
          pool: 'forks',
          isolate: false,
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // After the others: what it measures is time.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
