import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { startTicksOf } from '../../../src/processes/process-identity.ts';
import {
  type GroupCommand,
  type GroupLimits,
  type RunningGroup,
  runGroup,
} from '../../../src/processes/run-group.ts';
import { withFolder } from '../../support/drain-command.ts';
import { eventually } from '../../support/eventually.ts';

const never = new AbortController().signal;

function run(
  script: string,
  limits: Partial<GroupLimits> = {},
  command: Partial<GroupCommand> = {},
): RunningGroup {
  return runGroup(
    { words: ['/bin/sh', '-c', script], env: {}, ...command },
    { signal: never, graceMs: 60_000, leftovers: 'killed', ...limits },
  );
}

/** The numbers that a script has written into a file, once there are so many. */
const pidsIn = (file: string, count: number): Promise<readonly number[]> =>
  eventually(() => {
    const pids = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
    expect(pids).toHaveLength(count);
    return pids.map(Number);
  });

const haveEnded = (pids: readonly number[]): Promise<void> =>
  eventually(async () =>
    expect(await Promise.all(pids.map(startTicksOf))).toEqual(pids.map(() => undefined)),
  );

/** A member of the group that ignores SIGTERM and says its number. */
const stubborn = (file: string): string =>
  `sh -c 'trap "" TERM; echo $$ >>${file}; while :; do sleep 0.02; done'`;

describe('a process group', () => {
  it('ends as its command does', async () => {
    expect(await run('exit 3').ended).toEqual({
      end: { kind: 'exited', exitCode: 3 },
      cutOff: undefined,
    });
    expect(await run('kill -KILL $$').ended).toEqual({
      end: { kind: 'killed', signal: 'SIGKILL' },
      cutOff: undefined,
    });
  });

  it('that cannot be started says why, and is no exception', async () => {
    const group = run('', {}, { words: ['/no/such/command'] });
    expect(group.pid).toBeUndefined();
    expect(await group.ended).toEqual({
      end: { kind: 'not-started', message: expect.stringContaining('ENOENT') },
      cutOff: undefined,
    });
  });

  it('reads what it is given, or nothing', async () => {
    const fed = run('cat', {}, { input: 'to read' });
    await fed.ended;
    expect(fed.lastLines({ lines: 1 })).toBe('to read');
    expect(await run('cat').ended).toMatchObject({ end: { exitCode: 0 } });
  });

  it('has a part of its environment of its own', async () => {
    vi.stubEnv('OF_THE_CALLER', 'kept');
    const group = run('echo "$OWN $OF_THE_CALLER"', {}, { env: { OWN: 'own' } });
    vi.unstubAllEnvs();
    await group.ended;
    expect(group.lastLines({ lines: 1 })).toBe('own kept');
  });

  it('does not have the secrets of its caller, but the names of their files', async () => {
    const secrets = [
      'DRAIN_ETCD_PASSWORD',
      'DRAIN_GATE_AUTHORIZATION',
      'DRAIN_NOTIFY_SECRET',
      'DRAIN_SERVE_TOKEN',
    ];
    for (const name of secrets) vi.stubEnv(name, `the ${name}`);
    vi.stubEnv('DRAIN_ETCD_PASSWORD_FILE', '/run/password');
    const group = run(
      'env | grep -E "^DRAIN_(ETCD|GATE|NOTIFY|SERVE|STEP)" | sort',
      {},
      { env: { DRAIN_STEP: '1' } },
    );
    vi.unstubAllEnvs();
    await group.ended;
    expect(group.lastLines({ lines: 9 })).toBe(
      'DRAIN_ETCD_PASSWORD_FILE=/run/password; DRAIN_STEP=1',
    );
  });

  it('has the whole of a time that is longer than a timer of Node', async () => {
    expect(await run('echo done', { timeoutMs: 600 * 3_600_000 }).ended).toEqual({
      end: { kind: 'exited', exitCode: 0 },
      cutOff: undefined,
    });
  });

  it('past its time is cut off', async () => {
    expect(await run('exec sleep 60', { timeoutMs: 10 }).ended).toEqual({
      end: { kind: 'killed', signal: 'SIGTERM' },
      cutOff: 'timed-out',
    });
  });

  it('that is aborted is ended with every member after its grace, though they ignore SIGTERM', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'pids');
      const stop = new AbortController();
      const group = run(`${stubborn(file)} & trap '' TERM; echo $$ >>${file}; wait; sleep 60`, {
        signal: stop.signal,
        graceMs: 100,
      });
      const members = await pidsIn(file, 2);
      stop.abort();
      expect(await group.ended).toEqual({
        end: { kind: 'killed', signal: 'SIGKILL' },
        cutOff: 'aborted',
      });
      await haveEnded(members);
    }));

  it('that is aborted has its grace to clean up', () =>
    withFolder(async (folder) => {
      const stop = new AbortController();
      const ready = join(folder, 'ready');
      const group = run(
        // A shell may say on stderr, before or after, that its sleep was terminated.
        `exec 2>/dev/null; trap 'echo cleaned; exit 7' TERM; echo $$ >${ready}; while :; do sleep 0.02; done`,
        { signal: stop.signal },
      );
      await pidsIn(ready, 1);
      stop.abort();
      expect(await group.ended).toEqual({
        end: { kind: 'exited', exitCode: 7 },
        cutOff: 'aborted',
      });
      expect(group.lastLines({ lines: 1 })).toBe('cleaned');
    }));

  it('gives its grace to what a shell has started too, when the shell itself is gone at once', () =>
    withFolder(async (folder) => {
      const stop = new AbortController();
      const ready = join(folder, 'ready');
      const cleaner = `sh -c 'exec 2>/dev/null; trap "sleep 0.5; echo cleaned; exit" TERM; echo $$ >${ready}; while :; do sleep 0.02; done'`;
      const group = run(`${cleaner}; echo never`, { signal: stop.signal });
      await pidsIn(ready, 1);
      stop.abort();
      expect(await group.ended).toEqual({
        end: { kind: 'killed', signal: 'SIGTERM' },
        cutOff: 'aborted',
      });
      expect(group.lastLines({ lines: 1 })).toBe('cleaned');
    }));

  it('that was aborted before it began is cut off at once', async () => {
    const group = run('sleep 60', { signal: AbortSignal.abort() });
    expect(await group.ended).toEqual({
      end: { kind: 'killed', signal: 'SIGTERM' },
      cutOff: 'aborted',
    });
  });

  it('out of reach, as under sudo, is waited for no longer than its grace', async () => {
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    const group = run('exec sleep 60', { timeoutMs: 10, graceMs: 10, leftovers: 'detached' });
    expect(await group.ended).toEqual({ end: { kind: 'out-of-reach' }, cutOff: 'timed-out' });
    kill.mockRestore();
    if (group.pid !== undefined) process.kill(group.pid, 'SIGKILL');
  });

  it('one of a dozen, waits for the same signal without a warning', async () => {
    const warned = vi.fn();
    process.on('warning', warned);
    const groups = Array.from({ length: 12 }, () => run('true'));
    await Promise.all(groups.map(({ ended }) => ended));
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe('what a command leaves behind', () => {
  it('is killed, when nothing may outlive it', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'pids');
      const group = run(`${stubborn(file)} & until [ -s ${file} ]; do sleep 0.01; done`);
      expect(await group.ended).toMatchObject({ cutOff: undefined });
      await haveEnded(await pidsIn(file, 1));
    }));

  it.each(['detached', 'heard'] as const)(
    'may live, and its open output keeps nobody waiting: %s',
    (leftovers) =>
      withFolder(async (folder) => {
        const file = join(folder, 'pids');
        const group = run(`sleep 60 & echo $! >${file}`, { leftovers });
        expect(await group.ended).toEqual({
          end: { kind: 'exited', exitCode: 0 },
          cutOff: undefined,
        });
        const [pid = 0] = await pidsIn(file, 1);
        expect(await startTicksOf(pid)).toBeDefined();
        process.kill(pid, 'SIGKILL');
      }),
  );

  it('is heard after the end, where that is wanted', () =>
    withFolder(async (folder) => {
      const go = join(folder, 'go');
      const heard: string[] = [];
      const group = run(`(until [ -e ${go} ]; do sleep 0.01; done; echo late) & echo early`, {
        leftovers: 'heard',
        onOutput: (chunk, from) => {
          heard.push(`${from} ${chunk}`);
          return undefined;
        },
      });
      await group.ended;
      await run(`touch ${go}`).ended;
      await eventually(() => expect(heard).toEqual(['stdout early\n', 'stdout late\n']));
    }));
});

describe('the output of a process group', () => {
  it('of either kind is remembered by its last lines, fit for a terminal', async () => {
    const group = run(
      String.raw`for i in 1 2 3; do echo $i; done; sleep 0.05; printf '\033[1m\r\n' >&2`,
    );
    await group.ended;
    expect(group.lastLines({ lines: 2 })).toBe(String.raw`3; \x1b[1m`);
  });

  it('without an end takes no more memory than its tail', async () => {
    let heardBytes = 0;
    const stop = new AbortController();
    const group = run("exec tr '\\0' x </dev/zero", {
      signal: stop.signal,
      onOutput: (chunk) => {
        heardBytes += chunk.length;
        if (heardBytes > 200_000_000) stop.abort();
        return undefined;
      },
    });
    const before = process.memoryUsage().rss;
    await group.ended;
    expect(heardBytes).toBeGreaterThan(200_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
    expect(group.lastLines({ lines: 1 }).length).toBeLessThanOrEqual(301);
  });

  it('is not read faster than its reader takes it', async () => {
    let open: () => void = () => {};
    let chunks = 0;
    const stop = new AbortController();
    const group = run('exec cat /dev/zero', {
      signal: stop.signal,
      onOutput: () => {
        chunks++;
        return new Promise((resolve) => {
          open = resolve;
        });
      },
    });
    await eventually(() => expect(chunks).toBe(1));
    // Time enough to read a thousand more, if anybody did.
    await run('head -c 100000000 /dev/zero').ended;
    expect(chunks).toBe(1);
    open();
    await eventually(() => expect(chunks).toBe(2));
    stop.abort();
    open();
    await group.ended;
  });
});
