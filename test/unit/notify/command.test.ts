import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCommandTarget, filled, noticeEnvironment } from '../../../src/notify/command.ts';
import type { Ending } from '../../../src/notify/target.ts';
import { startTicksOf } from '../../../src/processes/process-identity.ts';
import { withFolder } from '../../support/drain-command.ts';
import { eventually } from '../../support/eventually.ts';
import { longEnough } from '../../support/long-enough.ts';
import { heldNotice } from '../../support/notices.ts';

const goingOn: Ending = {
  near: new AbortController().signal,
  over: new AbortController().signal,
  deadlineMs: () => Number.POSITIVE_INFINITY,
};

const withScript = <T>(script: string, use: (file: string, folder: string) => Promise<T>) =>
  withFolder(async (folder) => {
    const file = join(folder, 'page.sh');
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
    return use(file, folder);
  });

describe('a command', () => {
  it('gets the notice in its arguments, its environment and on its standard input', () =>
    withScript('printf "%s\\n" "$@" >"$0.args"; env >"$0.env"; cat >"$0.json"', async (file) => {
      const target = createCommandTarget([file, '{rollout}', '--as={event}', '{other}; $(x)']);
      expect(await target.deliver(heldNotice, goingOn)).toEqual({ kind: 'delivered' });
      expect(await readFile(`${file}.args`, 'utf8')).toBe(
        '20261123-141530042-7f3a\n--as=held\n{other}; $(x)\n',
      );
      const env = (await readFile(`${file}.env`, 'utf8')).split('\n');
      expect(env).toEqual(
        expect.arrayContaining([
          'DRAIN_EVENT=held',
          `DRAIN_ID=${heldNotice.id}`,
          'DRAIN_ROLLOUT=20261123-141530042-7f3a',
          'DRAIN_HOST=lb1',
          'DRAIN_FROM=10.0.0.1:80,10.0.0.3:80',
          'DRAIN_TO=10.0.0.2:80',
          'DRAIN_SERVICES=tcp/10.0.0.100:80',
          'DRAIN_STEP=7',
          'DRAIN_STEPS=20',
          'DRAIN_FRACTION=0.35',
          'DRAIN_FAILURE=true',
          'DRAIN_OUTCOME=held',
          'DRAIN_EXIT_CODE=5',
          `DRAIN_MESSAGE=${heldNotice.message}`,
          `DRAIN_TEXT=${heldNotice.text}`,
          'DRAIN_GO_ON=drain resume 20261123-141530042-7f3a',
          'DRAIN_GO_BACK=drain rollback 20261123-141530042-7f3a',
        ]),
      );
      expect(JSON.parse(await readFile(`${file}.json`, 'utf8'))).toEqual(heldNotice);
    }));

  it('need not read what it is given, and gets of many services as many as an environment holds', async () => {
    const services = Array.from({ length: 50_000 }, (_, n) => `fwm/${n}`);
    const large = { ...heldNotice, services };
    const target = createCommandTarget(['true']);
    expect(await target.deliver(large, goingOn)).toEqual({ kind: 'delivered' });
    const listed = noticeEnvironment(large).DRAIN_SERVICES?.split(',') ?? [];
    expect(listed.at(-1)).toBe('…');
    expect(listed.slice(0, -1)).toEqual(services.slice(0, listed.length - 1));
    expect(listed.length).toBeGreaterThan(3_000);
  });

  it('that fails is not run again, and says why with its last lines', () =>
    withScript(
      'echo once >>"$0.runs"; echo working; echo "no route to pager" >&2; exit 3',
      async (file) => {
        const target = createCommandTarget([file, 's3cret']);
        expect(target.name).toBe(file);
        expect(await target.deliver(heldNotice, goingOn)).toEqual({
          kind: 'failed',
          detail: 'exit code 3: working; no route to pager',
        });
        expect(await readFile(`${file}.runs`, 'utf8')).toBe('once\n');
      },
    ));

  it('that is not there is said to be', async () => {
    const target = createCommandTarget(['/nowhere/page.sh']);
    expect(await target.deliver(heldNotice, goingOn)).toMatchObject({
      kind: 'failed',
      detail: expect.stringMatching(/^it cannot be run: .*ENOENT/),
    });
  });

  it('that does not end is ended, with what it has started', () =>
    withScript(
      'echo begun; sh -c "trap \\"\\" TERM; sleep 60 & echo \\$! >$0.pid; wait"',
      async (file) => {
        await longEnough(300, async (timeoutMs) => {
          const target = createCommandTarget([file], { timeoutMs, graceMs: 100 });
          expect(await target.deliver(heldNotice, goingOn)).toEqual({
            kind: 'failed',
            detail: 'it did not end in time: begun',
          });
          const pid = Number(await readFile(`${file}.pid`, 'utf8'));
          await eventually(async () => expect(await startTicksOf(pid)).toBeUndefined());
        });
      },
    ));

  it('may leave something behind that holds its output', () =>
    withScript('sleep 60 & echo $! >"$0.pid"', async (file) => {
      const target = createCommandTarget([file]);
      expect(await target.deliver(heldNotice, goingOn)).toEqual({ kind: 'delivered' });
      const pid = Number(await readFile(`${file}.pid`, 'utf8'));
      expect(await startTicksOf(pid)).toBeDefined();
      process.kill(pid, 'SIGKILL');
    }));

  it('is given values, never words', () => {
    const hostile = { ...heldNotice, rollout: 'a b; {event}' };
    expect(filled(['x', '{rollout}', '{event}'], hostile)).toEqual(['x', 'a b; {event}', 'held']);
  });
});
