import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseGateCommand } from '../../../src/config/checks/gate-specs.ts';
import { createCommandGate } from '../../../src/gates/command-gate.ts';
import { createGates } from '../../../src/gates/create-gates.ts';
import { about, ask } from '../../support/asked-gate.ts';
import { eventually } from '../../support/eventually.ts';
import { longEnough } from '../../support/long-enough.ts';

let folder: string;
let count = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-command-gate-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function script(body: string): Promise<string> {
  const file = join(folder, `gate-${count++}`);
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}

async function askScript(body: string, limitMs?: number) {
  return ask(createCommandGate([await script(body)], { graceMs: 100 }), limitMs);
}

/** A zombie that nobody has waited for yet is not alive. */
function alive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

const pidsIn = async (file: string): Promise<number[]> =>
  (await readFile(file, 'utf8')).trim().split('\n').map(Number);

describe('a gate command', () => {
  it('gets its words as they are, and no shell', async () => {
    const file = await script('for word; do echo "[$word]"; done');
    const spec = parseGateCommand(`${file}  $HOME  *`);
    const gates = spec.ok ? await createGates([spec.value]) : spec;
    const gate = gates.ok ? gates.value[0] : undefined;
    expect(gate?.name).toBe(`gate-command ${file} $HOME *`);
    expect(gate && (await ask(gate))).toEqual({
      passed: true,
      detail: 'exit code 0: [$HOME]; [*]',
    });
  });

  it('learns where the rollout stands, beside the environment of its caller', async () => {
    vi.stubEnv('OF_THE_CALLER', 'kept');
    const file = join(folder, 'environment');
    await askScript(
      `env | grep -E '^(DRAIN_(ROLLOUT|STEP|FRACTION|FROM|TO)|OF_THE)' | sort >${file}`,
    );
    vi.unstubAllEnvs();
    expect(await readFile(file, 'utf8')).toBe(`DRAIN_FRACTION=0.3
DRAIN_FROM=10.0.0.1:80,[2001:db8::1]:80
DRAIN_ROLLOUT=2026-01-01-1
DRAIN_STEP=3
DRAIN_STEPS=10
DRAIN_TO=10.0.0.2:80
OF_THE_CALLER=kept
`);
  });

  it('reads nothing', async () => {
    expect(await askScript('cat; echo read')).toEqual({
      passed: true,
      detail: 'exit code 0: read',
    });
  });

  it('passes without a word', async () => {
    expect(await askScript('true')).toEqual({ passed: true, detail: 'exit code 0' });
  });

  it('that fails has its exit code and its last lines, of either output', async () => {
    const body =
      'for i in 1 2 3 4 5 6; do echo "line $i"; done; sleep 0.05; echo broken >&2; exit 3';
    expect(await askScript(body)).toEqual({
      passed: false,
      detail: 'exit code 3: line 3; line 4; line 5; line 6; broken',
    });
  });

  it('that is killed names the signal', async () => {
    expect(await askScript('echo bye; kill -KILL $$')).toEqual({
      passed: false,
      detail: 'killed by SIGKILL: bye',
    });
  });

  it.each([
    ['nothing', 'ENOENT'],
    ['.', 'EACCES'],
  ])('that cannot be run says why: %s', async (name, why) => {
    expect(await ask(createCommandGate([join(folder, name)]))).toEqual({
      passed: false,
      detail: expect.stringMatching(new RegExp(`^it cannot be run: spawn .*${why}`)),
    });
  });

  it('may print megabytes, of which the end is kept', async () => {
    const { passed, detail } = await askScript('yes 0123456789 | head -n 1000000; echo last');
    expect(passed).toBe(true);
    expect(detail).toBe(`exit code 0: ${'0123456789; '.repeat(4)}last`);
  });

  it('that prints one endless line is quoted in a few words', async () => {
    const { detail } = await askScript("head -c 3000000 /dev/zero | tr '\\0' x; exit 1");
    expect(detail).toBe(`exit code 1: ${'x'.repeat(300)}`);
  });

  it('cannot send escape sequences', async () => {
    expect(await askScript(String.raw`printf '\033[31mred\007\n\r50%%\r100%%'`)).toEqual({
      passed: true,
      detail: String.raw`exit code 0: \x1b[31mred\x07; 50%; 100%`,
    });
  });

  it('leaves nothing behind that would hold its output or go on', async () => {
    const file = join(folder, 'left');
    const { passed, detail } = await askScript(
      `sh -c 'trap "" TERM HUP; echo $$ >>${file}; while :; do sleep 0.05; done' & until [ -s ${file} ]; do sleep 0.01; done; echo done`,
    );
    expect({ passed, detail }).toEqual({ passed: true, detail: 'exit code 0: done' });
    const left = await pidsIn(file);
    await eventually(() => expect(left.filter(alive)).toEqual([]));
  });
});

describe('a gate command whose time is up', () => {
  it('is not run at all', async () => {
    const file = join(folder, 'not-run');
    const gate = createCommandGate([await script(`echo >${file}`)]);
    expect(await gate.ask(about, AbortSignal.abort())).toEqual({
      passed: false,
      noData: 'no-answer',
      detail: 'given up before it was run',
    });
    await expect(readFile(file)).rejects.toThrow('ENOENT');
  });

  it('is ended, and what it said so far is told', async () => {
    await longEnough(200, async (limitMs) => {
      const hangs = 'echo waiting for the database; exec sleep 60';
      const { passed, detail } = await askScript(hangs, limitMs);
      expect(passed).toBe(false);
      expect(detail).toMatch(/^it did not end within \d+ms: waiting for the database$/);
    });
  });

  it('answers at once, and is ended with everything it started, although that ignores SIGTERM', async () => {
    const file = join(folder, 'pids');
    const body = `trap '' TERM
sh -c 'trap "" TERM; echo $$ >>${file}; while :; do sleep 0.05; done' &
echo $$ >>${file}
while :; do sleep 0.05; done`;
    const stop = new AbortController();
    const gate = createCommandGate([await script(body)], { graceMs: 2_000 });
    const asked = gate.ask(about, stop.signal);
    await eventually(async () => expect(await pidsIn(file)).toHaveLength(2));
    const started = await pidsIn(file);
    stop.abort();
    expect(await asked).toMatchObject({ passed: false });
    expect(started.filter(alive)).toEqual(started);
    await eventually(() => expect(started.filter(alive)).toEqual([]));
  });

  it('is ended by SIGTERM, so that it can clean up', async () => {
    const file = join(folder, 'cleaned');
    const ready = join(folder, 'ready');
    const stop = new AbortController();
    const body = `trap 'echo >${file}; exit' TERM; echo >${ready}; while :; do sleep 0.02; done`;
    const gate = createCommandGate([await script(body)], { graceMs: 5_000 });
    const asked = gate.ask(about, stop.signal);
    await eventually(() => readFile(ready));
    stop.abort();
    await asked;
    await eventually(() => readFile(file));
  });

  it('keeps no timer and no pipe once it has ended', async () => {
    const stop = new AbortController();
    const pids = join(folder, 'sleeper');
    const gate = createCommandGate([await script(`echo $$ >${pids}; exec sleep 60`)]);
    const asked = gate.ask(about, stop.signal);
    await eventually(async () => expect(await pidsIn(pids)).toHaveLength(1));
    stop.abort();
    await asked;
    await eventually(() => expect(process.getActiveResourcesInfo()).not.toContain('ProcessWrap'));
  });
});
