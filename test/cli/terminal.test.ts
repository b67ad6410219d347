import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { drain, withFolder } from '../support/drain-command.ts';
import { nodeOnTerminal } from '../support/on-terminal.ts';
import { copySources } from '../support/source-copy.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const drainJs = join(root, 'bin/drain.js');
const ramp = '--from 10.0.0.1 --to 10.0.0.2 --over 10s --settle 0s --director sim --state state';

describe('on a terminal', () => {
  it('a rollout asks, and begins with y alone', () =>
    withFolder(async (cwd) => {
      const start = (keys: string) => nodeOnTerminal([drainJs, ...ramp.split(' ')], { cwd, keys });
      const refused = await start('n\n');
      expect(refused).toMatchObject({ exitCode: 2 });
      expect(refused.screen).toMatch(/Start\? \[y\/N\].*not started, nothing was changed/s);

      const begun = await start('y\n');
      expect(begun).toMatchObject({ exitCode: 0 });
      expect(begun.screen).toMatch(/Start\? \[y\/N\].*10\.0\.0\.1:80 drained and removed/s);

      const { stdout } = await drain(['history', '--state', 'state'], { cwd });
      expect(stdout.match(/^\d{8}-/gm)).toHaveLength(1);
    }));

  it('the build asks nothing, though the commands that it runs to warm up would', () =>
    withFolder(async (cwd) => {
      await copySources(cwd);
      expect(await nodeOnTerminal(['build/build.js'], { cwd })).toEqual({
        exitCode: 0,
        screen: '',
      });
      expect(await readdir(join(cwd, 'dist'))).toContain('drain.chunks');
    }));
});
