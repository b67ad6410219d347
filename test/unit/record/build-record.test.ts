import { beforeAll, describe, expect, it } from 'vitest';
import { buildRecord } from '../../../src/record/build-record.ts';
import type { RolloutRecord } from '../../../src/record/rollout-record.ts';
import type { JournalEntries } from '../../../src/rollout/ports.ts';
import { recordRollout } from '../../support/recorded-rollout.ts';
import { handOverScript, recordedHandOver } from '../../support/records.ts';

/** Kinds with their seconds. */
const spansOf = ({ spans }: RolloutRecord) =>
  spans.map(({ kind, fromMs, toMs }) => [kind, Math.round((toMs - fromMs) / 1_000)]);

describe('the record of a hand-over under traffic', () => {
  let record: RolloutRecord;
  beforeAll(async () => {
    record = await recordedHandOver({});
  });

  it('has the time of ramp and drain apart', () => {
    expect(record.end?.outcome).toBe('done');
    expect(spansOf(record)[0]).toEqual(['ramp', 60]);
    expect(spansOf(record).map(([kind]) => kind)).toEqual(['ramp', 'drain']);
  });

  it('has every step when it was due, and what it moved', () => {
    expect(record.steps.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const { atMs, dueMs, step, movedFraction, direction } of record.steps) {
      expect(atMs - dueMs).toBeLessThan(100);
      expect(movedFraction).toBeCloseTo(step / 10, 9);
      expect(direction).toBe('forward');
    }
  });

  it('has weights from the table before to the table after, and who left it', () => {
    const [service] = record.services;
    const last = Object.fromEntries(
      service?.servers.map(({ server, weights }) => [server, weights.at(-1)?.weight]) ?? [],
    );
    expect(last).toEqual({ '10.0.0.1:80': null, '10.0.0.2:80': 4, '10.0.0.3:80': 4 });
    const roles = service?.servers.map(({ server, role }) => [server, role]);
    expect(roles).toEqual([
      ['10.0.0.1:80', 'old'],
      ['10.0.0.2:80', 'new'],
      ['10.0.0.3:80', 'bystander'],
    ]);
    expect(service?.plannedShare[0]?.share).toBe(0);
    expect(service?.plannedShare.at(-1)?.share).toBe(0.5);
  });

  it('has the base weights in the ramp, whatever scale the table is on', () => {
    const [service] = record.services;
    const [old, fresh, bystander] = service?.servers ?? [];
    const most = Math.max(...(old?.weights ?? []).map(({ weight }) => weight ?? 0));
    expect(most).toBeGreaterThan(4);
    for (const { atMs, step, movedFraction } of record.steps.slice(0, -1)) {
      const [from, to] = [old, fresh].map((one) =>
        one?.weights.findLast((point) => point.atMs <= atMs + 500),
      );
      expect([step, (from?.baseWeight ?? -1) + (to?.baseWeight ?? -1)]).toEqual([step, 4]);
      expect(to?.baseWeight).toBeCloseTo(4 * movedFraction, 6);
    }
    expect(new Set(bystander?.weights.map(({ baseWeight }) => baseWeight))).toEqual(new Set([4]));
  });

  it('has a delivered share near the planned one in every window, and few connections left out', () => {
    const delivered = record.services[0]?.delivered ?? [];
    expect(delivered.length).toBeGreaterThan(10);
    for (const { onThem, connections, planned } of delivered) {
      // Two wrr cycles may be cut by a window.
      expect(Math.abs(onThem - planned * connections)).toBeLessThan(10);
    }
    const counted = delivered.reduce((sum, { connections }) => sum + connections, 0);
    expect(counted).toBeGreaterThan(0.9 * 40 * 60);
  });

  it('has the connections of the old server, down to none', () => {
    const [old] = record.services[0]?.servers ?? [];
    const most = Math.max(...(old?.connections ?? []).map(({ activeConn }) => activeConn));
    expect(most).toBeGreaterThan(10);
    expect(old?.connections.at(-1)).toMatchObject({ activeConn: 0 });
  });
});

describe('the record of a rollout that did not go straight', () => {
  it('says when its ramp is due to end and how long its drain may take, while it is there', async () => {
    const { entries, trace } = await recordRollout(handOverScript);
    const startMs = entries[0]?.atMs ?? 0;
    const asOf = (s: number) =>
      buildRecord(
        entries.filter(({ atMs }) => atMs <= startMs + s * 1_000) as unknown as JournalEntries,
        trace,
      );
    expect(asOf(20).due).toEqual({ rampEndMs: startMs + 60_000 });
    const { due, spans } = asOf(61);
    const drainMs = spans.find(({ kind }) => kind === 'drain')?.fromMs ?? 0;
    expect(due).toEqual({ drainDeadlineMs: drainMs + 600_000 });
    expect(asOf(1_000_000).due).toEqual({});
  });

  it('has a pause as a pause', async () => {
    const record = await recordedHandOver({
      events: [
        { atMs: 14_500, ask: { kind: 'pause' } },
        { atMs: 44_500, ask: { kind: 'continue' } },
      ],
    });
    expect(spansOf(record).slice(0, 2)).toEqual([
      ['ramp', 15],
      ['pause', 30],
    ]);
    expect(record.spans.map(({ kind }) => kind)).toEqual(['ramp', 'pause', 'ramp', 'drain']);
  });

  it('has the time between a hold and who went on as stopped, and the ramp back', async () => {
    const record = await recordedHandOver({
      events: [{ atMs: 20_500, interrupt: true }],
      resumes: [{ back: { overMs: 12_000, everyMs: 3_000 } }],
    });
    expect(record.end?.outcome).toBe('rolled-back');
    expect(spansOf(record).slice(0, 2)).toEqual([
      ['ramp', 21],
      ['stopped', 7],
    ]);
    expect(record.spans.at(-1)?.kind).toBe('return');
    const back = record.steps.filter(({ direction }) => direction === 'back');
    expect(back.map(({ movedFraction }) => movedFraction)).toEqual(
      back.map(({ movedFraction }) => movedFraction).toSorted((a, b) => b - a),
    );
    expect(back.at(-1)?.movedFraction).toBe(0);
  });

  it('ends at the last sign of life when it was cut off', async () => {
    const { entries, trace } = await recordRollout(handOverScript);
    const cut = entries.filter(({ atMs }) => atMs < (entries[0]?.atMs ?? 0) + 20_000);
    const seen = trace.filter(
      (one) => one.type === 'event' && Date.parse(one.event.at) < (entries[0]?.atMs ?? 0) + 23_000,
    );
    const record = buildRecord(cut as unknown as JournalEntries, seen);
    expect(record.end).toBeUndefined();
    expect(record.spans.map(({ kind }) => kind)).toEqual(['ramp']);
    const lastedMs = record.untilMs - record.startedAtMs;
    expect(lastedMs).toBeGreaterThan(21_000);
    expect(lastedMs).toBeLessThan(23_000);
  });

  it('is whole without a trace, but for what only that knows', async () => {
    const { entries } = await recordRollout({
      ...handOverScript,
      simulation: { table: handOverScript.simulation.table },
    });
    const record = buildRecord(entries as JournalEntries, []);
    expect(record.steps).toHaveLength(11);
    expect(record.services[0]?.delivered).toEqual([]);
    expect(record.environment).toBeUndefined();
  });
});
