import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drain } from '../support/drain-command.ts';
import { listen } from '../support/loopback-servers.ts';

const folder = fileURLToPath(new URL('../../plans', import.meta.url));
const scenario = `${folder}/sim-blue-green.yaml`;
/** Files of the guard and of a cluster are no plans: see guard-file.test.ts and kube-file.test.ts. */
const others = ['guard.yaml', 'kube.yaml'];
const plans = readdirSync(folder).filter(
  (file) => !file.startsWith('sim-') && !others.includes(file),
);

/** The file, with what it asks on this machine, where every query gives 0. */
async function here(file: string): Promise<string> {
  const text = await readFile(`${folder}/${file}`, 'utf8');
  if (!text.includes('http://prometheus:9090')) return `${folder}/${file}`;
  const result = [{ metric: {}, value: [1, '0'] }];
  const body = JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
  const url = `http://127.0.0.1:${await listen(createServer((_, answer) => answer.end(body)))}`;
  const copy = join(await mkdtemp(join(tmpdir(), 'drain-plans-')), file);
  await writeFile(
    copy,
    text.replaceAll(/https?:\/\/(?:prometheus:9090|status\.example\.com)/g, url),
  );
  return copy;
}

describe('a plan in plans/', () => {
  it.each(plans)('%s runs to its end', async (file) => {
    const run = await drain([
      'apply',
      await here(file),
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
