import { beforeAll, describe, expect, it } from 'vitest';
import { buildRecord } from '../../../../src/record/build-record.ts';
import type { RolloutRecord } from '../../../../src/record/rollout-record.ts';
import { refusalSummary, rolloutSummary } from '../../../../src/reporters/github/summary.ts';
import type { JournalEntries } from '../../../../src/rollout/ports.ts';
import { hostileText } from '../../../support/hostile-texts.ts';
import { type RecordingScript, recordRollout } from '../../../support/recorded-rollout.ts';
import { target } from '../../../support/simulated-ipvs.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 4
-a -t 10.0.0.100:80 -r 10.0.0.3:80 -m -w 4
`;
const sketch = { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs: 20_000, everyMs: 5_000 } };
const busy = {
  service: 'tcp/10.0.0.100:80' as never,
  target,
  perSecond: 40,
  arrivals: 'even',
  lifeMs: 2_000,
  endings: [{ ending: 'client-fin', share: 1 }],
  clients: 50,
  portsPerClient: 20_000,
  packetEveryMs: 500,
} as const;

async function recorded(script: Partial<RecordingScript> = {}): Promise<RolloutRecord> {
  const simulation = { table, traffic: [busy] };
  const { entries, trace } = await recordRollout({ sketch, simulation, traced: true, ...script });
  return buildRecord(entries as JournalEntries, trace);
}

const rowsOf = (summary: string, title: string): readonly string[] => {
  const lines = summary.split('\n');
  const from = lines.findIndex((line) => line.startsWith(`| ${title}`));
  return lines.slice(from + 2, lines.indexOf('', from));
};

describe('the summary of a hand-over', () => {
  let record: RolloutRecord;
  let summary: string;
  beforeAll(async () => {
    record = await recorded();
    summary = rolloutSummary(record, { report: '/tmp/rollout.html' });
  });

  it('says what moved, how it ended, and how long each part took', () => {
    expect(summary).toMatch(/^## drain: 10\.0\.0\.1\\:80 → 10\.0\.0\.2\\:80\n\n\*\*Done\*\*: /);
    expect(summary).toContain('| rollout | `recorded` |');
    expect(summary).toContain('| service | `tcp/10.0.0.100:80` (`wrr`) |');
    expect(summary).toMatch(/\| time \| \d+s: ramp 20s, drain [\d.]+s \|/);
    expect(summary).toContain('The report is `/tmp/rollout.html`.');
    expect(summary).toContain('```sh\ndrain rollback recorded\n```');
  });

  it('has a row a step, with the delivered share near the planned one', () => {
    const rows = rowsOf(summary, 'step').map((row) =>
      row.split('|').map((cell) => cell.trim().replace(' %', '')),
    );
    const planned = rows.map(([, step, , moved, share]) => [step, moved, share]);
    expect(planned).toEqual([
      ['0', '0', '0.0'],
      ['1', '25', '12.5'],
      ['2', '50', '25.0'],
      ['3', '75', '37.5'],
      ['4', '100', '50.0'],
    ]);
    for (const [, , , , share, delivered, connections] of rows) {
      expect(Number(connections)).toBeGreaterThan(100);
      // At either end of its 5 s the kernel's counters tell of a second earlier or later than is
      // believed, when the share was 12.5 less or more.
      expect(Math.abs(Number(share) - Number(delivered))).toBeLessThan(5);
    }
  });

  it('has a picture with as many points planned as delivered', () => {
    const chart = /```mermaid\n([^`]*)```/.exec(summary)?.[1] ?? '';
    const numbers = (kind: string): readonly number[] =>
      (new RegExp(`^  ${kind} \\[(.*)\\]$`, 'm').exec(chart)?.[1] ?? '').split(', ').map(Number);
    const [bars, line] = [numbers('bar'), numbers('line')];
    expect(line).toHaveLength(60);
    expect(bars).toHaveLength(60);
    expect(line[0]).toBe(0);
    expect(line.at(-1)).toBe(50);
    expect(chart).toMatch(/^ {2}x-axis "seconds" 0 --> \d+(\.\d)?$/m);
    const off = line.map((share, index) => Math.abs(share - (bars[index] ?? Number.NaN)));
    // A window that begins in one step and ends in the next is between them.
    expect(Math.max(...off)).toBeLessThanOrEqual(12.5);
  });
});

describe('the summary of another end', () => {
  it('says how a held rollout is gone on with, and back', async () => {
    const summary = rolloutSummary(await recorded({ events: [{ atMs: 7_500, interrupt: true }] }));
    expect(summary).toMatch(/\*\*Held\*\*, exit code 130: /);
    expect(summary).toContain('```sh\ndrain resume recorded\ndrain rollback recorded\n```');
  });

  it('counts for the last step nobody who came after the way back', async () => {
    const summary = rolloutSummary(
      await recorded({ events: [{ atMs: 12_500, ask: { kind: 'rollback' } }] }),
    );
    const last = rowsOf(summary, 'step')
      .at(-1)
      ?.split('|')
      .map((cell) => Number.parseFloat(cell));
    const [, step, , moved, planned = 0, delivered = 0] = last ?? [];
    expect([step, moved, planned]).toEqual([2, 50, 25]);
    expect(Math.abs(delivered - planned)).toBeLessThan(9);
  });

  it('has the steps back, and no way back from there', async () => {
    const back = { overMs: 4_000, everyMs: 2_000 };
    const summary = rolloutSummary(
      await recorded({ events: [{ atMs: 7_500, interrupt: true }], resumes: [{ back }] }),
    );
    expect(summary).toContain('**Rolled back**');
    expect(summary).toMatch(/^\| 1 \(back\) \|/m);
    expect(summary).not.toContain('```sh');
  });

  it('has the reasons of a refusal with their places', () => {
    const failure = { kind: 'usage', what: 'no <b>', where: 'a.yaml:3:7', next: 'try' } as const;
    expect(refusalSummary([failure], 2, { isFirst: true })).toBe(
      '## drain: refused\n\nExit code 2. No rollout was begun, and nothing was changed.\n\n- no \\<b\\> (`a.yaml:3:7`)  \n  next: try\n',
    );
  });
});

describe('a summary of a record that is too much', () => {
  it('stays far below what GitHub takes, and has nothing from outside in it unescaped', async () => {
    const record = await recorded();
    const [service] = record.services;
    const [step] = record.steps;
    if (!service || !step) throw new Error('no record');
    const detail = `${hostileText}</details><script>${'x|`*'.repeat(1_000)}`;
    const steps = Array.from({ length: 10_000 }, (_, index) => ({ ...step, step: index }));
    const gates = Array.from({ length: 5_000 }, (_, index) => ({
      atMs: 0,
      gate: `gate-command ./${index} ${detail}`,
      gateKind: 'command' as const,
      verdict: 'failed' as const,
      step: 1,
      detail,
    }));
    const events = gates.map(({ detail: message }) => ({
      ...({ v: 1, at: '2026-01-01T00:00:00.000Z', rollout: 'x' } as const),
      ...({ type: 'warning', code: 'x', message } as const),
    }));
    const services = Array.from({ length: 500 }, () => ({ ...service, scheduler: detail }));
    const end = { outcome: 'held', exitCode: 5, message: detail } as const;
    const summary = rolloutSummary({ ...record, steps, gates, events, services, end });
    expect(Buffer.byteLength(summary)).toBeLessThan(100_000);
    expect(summary).not.toMatch(/(?<!\\)<(script|\/details)/);
    expect(rowsOf(summary, 'step')).toHaveLength(40);
  });
});
