import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drain } from '../support/drain-command.ts';

const folder = fileURLToPath(new URL('../../plans', import.meta.url));
const scenario = `${folder}/sim-blue-green.yaml`;
/** Files of the guard and of a cluster are no plans: see guard-file.test.ts and kube-file.test.ts. */
const plans = readdirSync(folder).filter(
  (file) => !file.startsWith('sim-') && file !== 'guard.yaml' && file !== 'kube.yaml',
);

describe('a plan in plans/', () => {
  it.each(plans)('%s runs to its end', async (file) => {
    const run = await drain([
      'apply',
      `${folder}/${file}`,
      '--director',
      `sim:${scenario}`,
      '--output',
      'json',
    ]);
    expect(run.stderr).toBe('');
    expect(run.events().at(-1)).toMatchObject({ type: 'finished', outcome: 'done' });
    expect(run.exitCode).toBe(0);
  });
});
