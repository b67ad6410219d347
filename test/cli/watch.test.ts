import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drain, parseEvents, withFolder } from '../support/drain-command.ts';
import { startDrain } from '../support/running-drain.ts';

const rollout = ['--director', 'sim', '--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '1m'];

describe('drain status --watch', () => {
  it('of a rollout that is over shows it and ends: as text, and as all of its events', () =>
    withFolder(async (folder) => {
      const state = join(folder, 'state');
      const made = await drain([...rollout, '--state', state, '--output', 'json']);
      const id = made.events()[0]?.rollout ?? '';
      const text = await drain(['status', id, '--watch', '--state', state]);
      expect([text.exitCode, text.stderr]).toEqual([0, '']);
      expect(text.stdout).toMatch(new RegExp(`^${id} {2}done .* step 20 of 20 `));
      const watched = await drain(['status', id, '--watch', '--state', state, '--output', 'json']);
      expect(watched.exitCode).toBe(0);
      const kept = ({ type }: { readonly type: string }) => !['planned', 'sampled'].includes(type);
      expect(parseEvents(watched.stdout).filter(kept)).toEqual(made.events().filter(kept));
    }));

  it('refuses an id that nobody knows', () =>
    withFolder(async (folder) => {
      const watch = ['status', '20260101-000000-none', '--watch', '--state', folder];
      const run = await drain(watch);
      expect(run.exitCode).toBe(2);
      expect(run.stderr).toContain('there is no rollout');
    }));

  it('of all rollouts goes on until somebody ends it, which is no failure', () =>
    withFolder(async (folder) => {
      const run = startDrain(['status', '--watch', '--state', folder], {});
      await run.firstOutput();
      run.signal('SIGINT');
      expect(await run.ended).toEqual({ exitCode: 0, stderr: '' });
    }));
});
