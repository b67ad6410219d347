import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFileStore } from '../../../src/store/folder/file-store.ts';
import { withFolder } from '../../support/drain-command.ts';
import { createSite } from '../../support/maintained-site.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 1
`;
const bad = '20260101-000000000-dead';
const badAround = '20260101-000000000-beef';
const badSequence = '20260101-000000000-cafe';

describe('a file of the state that cannot be read', () => {
  it('is one warning of status and history, which show all else and end with 0', () =>
    withFolder(async (folder) => {
      const site = createSite({ seed: 1, table, store: createFileStore(folder) });
      const until = ['--over', '10s', '--every', '5s', '--drain-timeout', '5s', '--settle', '1s'];
      const ran = await site.run('--from', '10.0.0.1', '--to', '10.0.0.2', ...until);
      expect(ran.exitCode, ran.err).toBe(0);
      const [rollout = ''] = ran.events.map((event) => event.rollout);

      const rollouts = join(folder, 'rollouts');
      await writeFile(join(rollouts, `${bad}.jsonl`), '{"v":1,"atMs":1e16,"type":"opened"}\n');
      await writeFile(join(folder, 'unfinished', `${bad}.json`), '{"v":1}');
      for (const [kind, id] of [
        ['arounds', badAround],
        ['sequences', badSequence],
      ] as const) {
        await mkdir(join(folder, kind), { recursive: true });
        await appendFile(join(folder, kind, `${id}.json`), '{"v":1,"startedMs":1e16}\n');
      }
      for (const command of ['history', 'status']) {
        const shown = await site.run(command);
        expect(shown.exitCode, shown.err).toBe(0);
        expect(shown.out.includes(rollout)).toBe(command === 'history');
        for (const id of [bad, badAround, badSequence])
          expect(shown.err.split(id), shown.err).toHaveLength(2);
      }
      const asked = await site.run('status', bad);
      expect(asked.exitCode).toBe(2);
      expect(asked.err).toContain('the journal cannot be read: atMs');
      const next = await site.run('--from', '10.0.0.2', '--to', '10.0.0.1', ...until);
      expect(next.exitCode, next.err).toBe(0);
    }));
});
