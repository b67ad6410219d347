import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLocalIpvsadm, type LocalIpvsadmOptions } from '../../../src/ipvs/local-ipvsadm.ts';
import { eventually } from '../../support/eventually.ts';
import { longEnough } from '../../support/long-enough.ts';

let folder: string;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-local-ipvsadm-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A stand-in for the command: a shell script. */
async function script(body: string): Promise<string> {
  const file = join(folder, `ipvsadm-${count++}`);
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}

type Limits = Omit<LocalIpvsadmOptions, 'command'>;

async function runScript(body: string, stdin = '', limits: Limits = {}) {
  return createLocalIpvsadm({ command: [await script(body)], ...limits }).run(['-R'], stdin);
}

/** A zombie that nobody has waited for yet is not alive. */
function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('the local ipvsadm', () => {
  it('gets the leading words, the arguments and the lines, and no shell', async () => {
    const file = await script('for word; do echo "[$word]"; done; cat');
    const runner = createLocalIpvsadm({ command: [file, 'net ns', '$HOME'] });
    expect(await runner.run(['-R'], 'line 1\nline 2\n')).toEqual({
      kind: 'exited',
      exitCode: 0,
      stdout: '[net ns]\n[$HOME]\n[-R]\nline 1\nline 2\n',
      stderr: '',
    });
    expect(runner.label).toBe(`${file} net ns $HOME`);
  });

  it('speaks English', async () => {
    vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
    expect(await runScript('echo "$LC_ALL"')).toMatchObject({ stdout: 'C\n' });
    vi.unstubAllEnvs();
  });

  it('that fails has its exit code and its message', async () => {
    expect(await runScript('echo oops >&2; exit 2')).toEqual({
      kind: 'exited',
      exitCode: 2,
      stdout: '',
      stderr: 'oops\n',
    });
  });

  it('may end without reading its lines', async () => {
    const lines = '-e -t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 1\n'.repeat(100_000);
    expect(await runScript('exit 2', lines)).toMatchObject({ kind: 'exited', exitCode: 2 });
  });

  it('is handed over as printed, bytes that are no UTF-8 and half a line included', async () => {
    expect(await runScript(String.raw`printf '\377\n  -> 10.0'`)).toMatchObject({
      stdout: '\xff\n  -> 10.0',
    });
  });

  it('that is killed names the signal', async () => {
    expect(await runScript('echo bye >&2; kill -KILL $$')).toEqual({
      kind: 'killed',
      signal: 'SIGKILL',
      stderr: 'bye\n',
    });
  });

  it('that does not exist was not started', async () => {
    const runner = createLocalIpvsadm({ command: [join(folder, 'nothing')] });
    expect(await runner.run(['-R'], '')).toMatchObject({
      kind: 'not-started',
      reason: 'not-found',
      message: expect.stringContaining('ENOENT'),
    });
  });

  it('that is no program was not started', async () => {
    const file = join(folder, 'text');
    await writeFile(file, 'text');
    expect(await createLocalIpvsadm({ command: [file] }).run(['-R'], '')).toMatchObject({
      kind: 'not-started',
      reason: 'not-permitted',
    });
  });

  it.each([
    ['yes', '-Sn\n-L --timeout\n', 64_000_000],
    ['yes >&2', '-Lnc\n', 1_000_000],
  ])(
    'that prints without end (%s) is refused at a small bound',
    async (body, stdin, limitBytes) => {
      expect(await runScript(body, stdin)).toEqual({ kind: 'too-much-output', limitBytes });
    },
  );

  it('may list more connections than a table has servers', async () => {
    const listed = await runScript('head -c 70000000 /dev/zero', '-Lnc\n-L --timeout\n');
    expect(listed.kind === 'exited' && listed.stdout.length).toBe(70_000_000);
  });

  it('that prints too much is stopped', async () => {
    const result = await runScript('yes', '', { maxOutputBytes: 100_000 });
    expect(result).toEqual({ kind: 'too-much-output', limitBytes: 100_000 });
  });

  it('may print megabytes within the limit', async () => {
    const result = await runScript('yes 0123456789 | head -n 1000000');
    expect(result.kind === 'exited' && result.stdout.length).toBe(11_000_000);
  });
});

describe('a local ipvsadm that hangs', () => {
  it('is ended at the time limit', async () => {
    const limits = { timeLimitMs: 200, graceMs: 100 };
    expect(await runScript('sleep 60', '', limits)).toEqual({ kind: 'timed-out', afterMs: 200 });
  });

  it('is ended with everything it started, although that ignores SIGTERM', async () => {
    const pids = join(folder, 'pids');
    const body = `trap '' TERM
sh -c 'trap "" TERM; echo $$ >>${pids}; while :; do sleep 0.05; done' &
echo $$ >>${pids}
while :; do sleep 0.05; done`;
    await longEnough(200, async (timeLimitMs) => {
      await rm(pids, { force: true });
      const ended = await runScript(body, '', { timeLimitMs, graceMs: 100 });
      expect(ended).toMatchObject({ kind: 'timed-out' });
      const started = (await readFile(pids, 'utf8')).trim().split('\n').map(Number);
      expect(started).toHaveLength(2);
      await eventually(() => expect(started.filter(alive)).toEqual([]));
    });
  });

  it('is ended too when only a child of it goes on', async () => {
    const file = join(folder, 'child-pid');
    const body = `sh -c 'trap "" TERM; echo $$ >${file}; while :; do sleep 0.05; done' & wait`;
    await longEnough(200, async (timeLimitMs) => {
      await rm(file, { force: true });
      const ended = await runScript(body, '', { timeLimitMs, graceMs: 100 });
      expect(ended).toMatchObject({ kind: 'timed-out' });
      const pid = Number(await readFile(file, 'utf8'));
      expect(pid).toBeGreaterThan(0);
      await eventually(() => expect(alive(pid)).toBe(false));
    });
  });
});

describe('a process out of reach', () => {
  it('is left behind, and not waited for', async () => {
    const file = join(folder, 'out-of-reach');
    // Like a root process under sudo, it is not hit by the signals, and keeps the output open.
    const body = `setsid sh -c 'echo $$ >${file}; exec sleep 60'; true`;
    await longEnough(300, async (timeLimitMs) => {
      await rm(file, { force: true });
      const result = await runScript(body, '', { timeLimitMs, graceMs: 50 });
      expect(result).toEqual({ kind: 'timed-out', afterMs: timeLimitMs });
      const pid = Number(await readFile(file, 'utf8'));
      expect(alive(pid)).toBe(true);
      process.kill(pid, 'SIGKILL');
    });
  });
});

describe('a batch', () => {
  it('runs in a session of its own', async () => {
    const result = await runScript('cut -d " " -f 1,5,6 /proc/$$/stat');
    const [pid, group, session] = result.kind === 'exited' ? result.stdout.trim().split(' ') : [];
    expect(Number(pid)).toBeGreaterThan(0);
    expect([group, session]).toEqual([pid, pid]);
  });

  it('goes on to its end when a Ctrl-C ends the one who started it', async () => {
    const done = join(folder, 'done');
    // The script plays the terminal: it interrupts the process group of its parent.
    const file = await script(`kill -s INT -- "-$PPID"; sleep 0.05; cat >/dev/null; echo >${done}`);
    const parent = join(folder, 'parent.mjs');
    await build({
      stdin: {
        contents: `import { createLocalIpvsadm } from './local-ipvsadm.ts';
await createLocalIpvsadm({ command: [${JSON.stringify(file)}] }).run(['-R'], '');`,
        resolveDir: join(import.meta.dirname, '../../../src/ipvs'),
      },
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: parent,
      banner: {
        js: 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);',
      },
    });
    const ended = await execa('node', [parent], { detached: true, reject: false });
    expect(ended.signal).toBe('SIGINT');
    await eventually(() => expect(existsSync(done)).toBe(true));
  });
});
