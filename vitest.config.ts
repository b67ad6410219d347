import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'fast',
          // Two more than usual on two cores: half of the time is waiting for commands and their clocks.
          maxWorkers: 3,
          // Concurrent tests of a file are whole commands, several each.
          maxConcurrency: 3,
          setupFiles: ['test/support/fixed-seed.ts'],
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
          // Workers with one module graph each, so that its files share one booted kernel. Three on two
          // cores: most of a hand-over is waiting for its clock.
          pool: 'forks',
          isolate: false,
          maxWorkers: 3,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // After the others: what it measures is time.
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
