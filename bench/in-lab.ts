import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { findKernel } from '../test/support/lab/find-kernel.ts';
import { type Lab, startLab } from '../test/support/lab/lab.ts';
import type { LabProcess } from '../test/support/lab/process.ts';
import type { BenchContext, Benchmark, BenchRow } from './benchmark.ts';

/** What a benchmark measures on a real kernel, in a lab that is there already. */
export type LabMeasurement = (lab: Lab, context: BenchContext) => Promise<readonly BenchRow[]>;

/** A benchmark with a lab of its own. */
export const labBenchmark = (
  about: Pick<Benchmark, 'name' | 'about'>,
  measure: LabMeasurement,
): Benchmark => ({
  ...about,
  needs: 'kernel-lab',
  run: async (context) => {
    const kernel = await findKernel();
    if (kernel.kind === 'unavailable') {
      context.note(`left out, because ${kernel.reason}`);
      return [];
    }
    const lab = await startLab(kernel.kit);
    try {
      return await measure(lab, context);
    } finally {
      await lab.stop();
    }
  },
});

/** Runs a program of bench/guest inside the lab to its end; what it prints is one JSON value. */
export async function runGuest<Answer>(
  lab: Lab,
  program: string,
  options: object,
  timeoutMs: number,
  namespace = 'director',
): Promise<Answer> {
  const argv = [...(await guest(lab, program)), JSON.stringify(options)];
  const { exitCode, stdout, stderr } = await lab.run(argv, {
    timeoutMs,
    ...(namespace === 'director' ? {} : { namespace }),
  });
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}\n${stderr}`);
  return JSON.parse(stdout) as Answer;
}

/** Starts a program of bench/guest that goes on. */
export const startGuest = async (
  lab: Lab,
  program: string,
  options: object,
  namespace = 'director',
): Promise<LabProcess> =>
  lab.spawn([...(await guest(lab, program)), JSON.stringify(options)], within(namespace));

const within = (namespace: string) => (namespace === 'director' ? {} : { namespace });

/** Inside there is Node, but no TypeScript: the program and what it imports become one file. */
async function guest(lab: Lab, program: string): Promise<readonly string[]> {
  const file = join(lab.folder, `${basename(program, '.ts')}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`guest/${program}`, import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    banner: {
      js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
    },
  });
  return [process.execPath, file];
}
