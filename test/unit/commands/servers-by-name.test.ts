import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { withFolder } from '../../support/drain-command.ts';
import { createSite } from '../../support/maintained-site.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 100
-a -t 10.0.0.100:80 -r 10.0.0.2:80 -m -w 50
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 50
`;

describe('a server that somebody called by a name', () => {
  it('is told by it where it is out, and where it is why another may not leave', () =>
    withFolder(async (folder) => {
      const config = join(folder, 'drain.yaml');
      await writeFile(config, 'names: { web-2: 10.0.0.2 }\nminServing: 2\n');
      const site = createSite({ seed: 3, table, traffic: [] });
      const run = (...args: readonly string[]) => site.run(...args, '--config', config);
      expect(await run('out', 'web-2', '--settle', '1s')).toMatchObject({ exitCode: 0 });
      const { out } = await run('status');
      expect(out).toMatch(/^out: web-2 \(10\.0\.0\.2:80\) in tcp\/10\.0\.0\.100:80, for /m);
      const [line = ''] = (await run('status', '--output', 'json')).out.split('\n');
      expect(JSON.parse(line)).toMatchObject({ server: '10.0.0.2:80', name: 'web-2' });
      const refused = await run('out', '10.0.0.3');
      expect(refused.exitCode).toBe(3);
      expect(refused.err).toContain('; not serving in full: web-2 (10.0.0.2:80) (');
      // Whoever waits for it once more, by its address, has not taken its name away.
      await run('out', '10.0.0.2', '--settle', '1s');
      expect((await site.marks()).map(({ name }) => name)).toEqual(['web-2']);
      expect(await run('in', 'web-2')).toMatchObject({ exitCode: 0 });
    }));
});
