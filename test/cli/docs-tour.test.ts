import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { blocks, root } from '../support/docs/pages.ts';
import { commandsOf } from '../support/docs/shell-words.ts';
import { drain, withFolder } from '../support/drain-command.ts';

const onTour = blocks.filter(({ page }) => page === 'docs/tour.md');

/** The words behind `drain` of the tour; what waits for a person or wants an id is played elsewhere. */
const walked = onTour
  .filter(({ language }) => language === 'sh')
  .flatMap(({ text }) => commandsOf(text))
  .filter(([name]) => name === 'drain')
  .map(([, ...words]) => words)
  .filter((words) => !words.includes('ID') && words[0] !== 'apply');

/** As fast as it goes, and with a twentieth of the clients. */
const quickly = (text: string): string =>
  text.replace('speed: 40', 'speed: 0').replace('perSecond: 100', 'perSecond: 5');

describe('the tour', () => {
  it('is walked from its beginning to its end', () =>
    withFolder(async (cwd) => {
      const simulated = await readFile(join(root, 'plans/sim-blue-green.yaml'), 'utf8');
      await writeFile(join(cwd, 'quick.yaml'), quickly(simulated));
      for (const { text } of onTour.filter(({ language }) => language === 'yaml')) {
        const file = /^# (\S+)/.exec(text)?.[1] ?? 'none';
        await writeFile(join(cwd, file), text.replace(': sim', ': sim:quick.yaml'));
      }
      expect(walked.map(([name]) => name)).toEqual(
        expect.arrayContaining(['plan', '--director', 'status', 'lint', 'out', 'in', 'around']),
      );
      for (const words of walked) {
        const args = words.map((word) => (word === 'sim' ? 'sim:quick.yaml' : word));
        const run = await drain(args, { cwd, env: { DRAIN_STATE: join(cwd, 'state') } });
        expect(run.exitCode, `${words.join(' ')}: ${run.stderr}`).toBe(0);
      }
    }));
});
