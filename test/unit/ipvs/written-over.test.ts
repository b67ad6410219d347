import { describe, expect, it } from 'vitest';
import type { Change, RealServer, VirtualService } from '../../../src/domain/ipvs/ipvs.ts';
import { writtenOver } from '../../../src/ipvs/edits/written-over.ts';
import { realServer, wrrService } from '../../support/tables.ts';

const a = realServer('10.0.0.1', 60);
const b = realServer('10.0.0.2', 40);
const tableOf = (...services: readonly VirtualService[]) => ({ services });
const listed = tableOf(wrrService([a, b]));
const { key } = wrrService([]);
const weightOf = (server: RealServer, weight: number): Change => ({
  kind: 'set-weight',
  service: key,
  server: { ...server, weight },
});

describe('what a batch wrote over', () => {
  it('is nothing where the table was as listed', () => {
    const after = tableOf(
      wrrService([
        { ...a, weight: 50 },
        { ...b, weight: 50 },
      ]),
    );
    const changes = [weightOf(b, 50), weightOf(a, 50)];
    expect(writtenOver(changes, { from: listed, before: listed, after })).toEqual({
      corrections: [],
      overtaken: [],
    });
  });

  it('is nothing where the table before shows neither service nor server', () => {
    const changes = [weightOf(a, 50)];
    for (const before of [tableOf(), tableOf(wrrService([b]))]) {
      expect(writtenOver(changes, { from: listed, before, after: before })).toEqual({
        corrections: [],
        overtaken: [],
      });
    }
  });

  it('is given back, and all other edits of that service with it, what adds weight first', () => {
    const before = tableOf(wrrService([{ ...a, weight: 7 }, b]));
    const after = tableOf(
      wrrService([
        { ...a, weight: 0 },
        { ...b, weight: 100 },
      ]),
    );
    const changes = [weightOf(b, 100), weightOf(a, 0)];
    expect(writtenOver(changes, { from: listed, before, after })).toEqual({
      corrections: [weightOf(a, 7), weightOf(b, 40)],
      overtaken: [
        { service: key, expected: '10.0.0.1:80 weight 60', found: '10.0.0.1:80 weight 7' },
      ],
    });
  });

  it('leaves a server that was added with weight in the table without any', () => {
    const c = realServer('10.0.0.3', 30);
    const before = tableOf(wrrService([{ ...a, weight: 7 }, b]));
    const after = tableOf(wrrService([{ ...a, weight: 1 }, b, c]));
    const changes: Change[] = [{ kind: 'add-server', service: key, server: c }, weightOf(a, 1)];
    const { corrections } = writtenOver(changes, { from: listed, before, after });
    expect(corrections).toEqual([weightOf(a, 7), weightOf(c, 0)]);
  });

  it('counts by the last of several edits of one server', () => {
    const before = tableOf(wrrService([{ ...a, weight: 5 }, b]));
    const changes = [weightOf(a, 9), weightOf(a, 5)];
    expect(writtenOver(changes, { from: listed, before, after: before }).overtaken).toEqual([]);
  });

  it('keeps thresholds and forwarding beside the new weight', () => {
    const theirs: RealServer = { ...a, upperThreshold: 777, forwarding: 'route' };
    const before = tableOf(wrrService([theirs, b]));
    const after = tableOf(wrrService([{ ...a, weight: 50 }, b]));
    expect(writtenOver([weightOf(a, 50)], { from: listed, before, after })).toEqual({
      corrections: [weightOf(theirs, 50)],
      overtaken: [],
    });
  });

  it('keeps a persistence beside the new scheduler, but not flags of the one before', () => {
    const service = wrrService([a, b], { engine: 'sip', schedulerFlags: ['flag-1'] });
    const change: Change = {
      kind: 'set-scheduler',
      service: { ...service, scheduler: 'sh', schedulerFlags: ['sh-port'] },
    };
    const persistence = { timeoutS: 900 };
    const { engine: _, ...found } = service;
    const before = tableOf({ ...found, persistence, schedulerFlags: ['flag-2'] });
    const around = { from: tableOf(service), before, after: tableOf(change.service) };
    expect(writtenOver([change], around)).toEqual({
      corrections: [{ kind: 'set-scheduler', service: { ...change.service, persistence } }],
      overtaken: [],
    });
  });

  it('of another service is no reason to take an edit back', () => {
    const other = wrrService([a], {
      address: { kind: 'fwmark', mark: 7, family: 4 },
      key: 'fwm/7' as VirtualService['key'],
    });
    const from = tableOf(wrrService([a, b]), other);
    const before = tableOf(wrrService([a, b]), { ...other, servers: [{ ...a, weight: 1 }] });
    const after = tableOf(wrrService([{ ...a, weight: 50 }, b]), other);
    const theirs: Change = { kind: 'set-weight', service: other.key, server: { ...a, weight: 50 } };
    const { corrections, overtaken } = writtenOver([weightOf(a, 50), theirs], {
      from,
      before,
      after,
    });
    expect(overtaken.map(({ service }) => service)).toEqual(['fwm/7']);
    expect(corrections).toEqual([{ ...theirs, server: { ...a, weight: 1 } }]);
  });
});
