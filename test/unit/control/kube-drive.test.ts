import { describe, expect, it } from 'vitest';
import { requestOfController } from '../../../src/control/kube/hold-cluster.ts';
import { lineOf } from '../../../src/control/kube/kube-reporter.ts';
import { createProblemNotes } from '../../../src/control/kube/problem-notes.ts';
import { reloadedSettings, reloadNotice } from '../../../src/control/kube/settings-in-force.ts';
import { ok } from '../../../src/domain/failure.ts';
import type { Problem } from '../../../src/kube/wanted/problem.ts';
import type { Store } from '../../../src/rollout/ports.ts';
import { nowMs } from '../../support/kube/cluster-objects.ts';
import { driveSettings, openDriveLab } from '../../support/kube/kube-drive-lab.ts';
import { settingsOf } from '../../support/kube/kube-settings.ts';

describe('two instances of one cluster', () => {
  it('are one that writes, and one that goes on when the first has stopped', async () => {
    const lab = openDriveLab();
    const first = lab.run('first', 20);
    const second = lab.run('second', 60);
    lab.simulation.at(nowMs + 30_000, () => {
      const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
      const at = { resource: 'nodes', name: 'n2' };
      lab.cluster.patch(at, { metadata: { labels } }, { kind: 'merge' });
    });
    expect(await first.ended).toEqual(ok(143));
    expect(first.types()).toContain('leader');
    expect(first.types()).toContain('server-joined');
    expect(second.written).toEqual([]);
    expect(second.types()).not.toContain('server-joined');
    expect(await second.ended).toEqual(ok(143));
    expect(second.types()).toContain('leader');
    expect(second.written).toContain('ServerDrained');
    expect(lab.weights()).toEqual({ '10.0.0.1:30080': 100 });
  });
});

describe('health', () => {
  it('takes a server to weight 0 and leaves its row, until its check has passed twice', async () => {
    const lab = openDriveLab();
    const run = lab.run('only', 60, false);
    const seen: unknown[] = [];
    const at = (second: number, act: () => void): void =>
      lab.simulation.at(nowMs + second * 1_000, act);
    at(20, () => {
      seen.push(lab.weights());
      lab.sick.add('10.0.0.2:30080');
    });
    // At 20 s three connections a minute end: the row stays however long it is empty.
    at(40, () => {
      seen.push(lab.weights());
      lab.sick.clear();
    });
    expect(await run.ended).toEqual(ok(143));
    seen.push(lab.weights());
    const full = { '10.0.0.1:30080': 100, '10.0.0.2:30080': 100 };
    expect(seen).toEqual([full, { ...full, '10.0.0.2:30080': 0 }, full]);
    expect(run.types().filter((type) => /^(check|server)-/.test(type))).toEqual([
      ...['server-joined', 'server-joined'],
      ...['check-failed', 'server-leaving', 'check-passed', 'server-joined'],
    ]);
  });

  it('that no server ever had is not believed: nodes join, and the check is warned of', async () => {
    const lab = openDriveLab();
    for (const server of ['10.0.0.1:30080', '10.0.0.2:30080']) lab.sick.add(server);
    const run = lab.run('only', 20, false);
    expect(await run.ended).toEqual(ok(143));
    expect(lab.weights()).toEqual({ '10.0.0.1:30080': 100, '10.0.0.2:30080': 100 });
    expect(run.events.filter(({ type }) => type === 'problem')).toMatchObject([
      { reason: 'HealthNotBelieved', about: 'Service shop/web' },
    ]);
  });

  it('is waited for by a node that joins beside others', async () => {
    const lab = openDriveLab();
    lab.sick.add('10.0.0.2:30080');
    const run = lab.run('only', 20, false);
    expect(await run.ended).toEqual(ok(143));
    expect(lab.weights()).toEqual({ '10.0.0.1:30080': 100 });
  });
});

it('a node that is sent away can be waited for, and says so when it is back', async () => {
  const lab = openDriveLab();
  const run = lab.run('only', 60, false);
  const excluded = 'node.kubernetes.io/exclude-from-external-load-balancers';
  const label = (second: number, value: string | null): void =>
    lab.simulation.at(nowMs + second * 1_000, () => {
      const at = { resource: 'nodes', name: 'n2' };
      lab.cluster.patch(at, { metadata: { labels: { [excluded]: value } } }, { kind: 'merge' });
    });
  label(20, '');
  label(40, null);
  expect(await run.ended).toEqual(ok(143));
  expect(run.written.filter((one) => /^n\d /.test(one))).toEqual([
    ...['n2 False Draining', 'n2 True Drained', 'n2 False InService'],
  ]);
});

it('metrics tell what the cluster is known to be, and how long news takes to the table', async () => {
  const lab = openDriveLab();
  const run = lab.run('only', 30, false);
  const seen: unknown[] = [];
  const sampled = (name: string): unknown =>
    lab.probes?.metrics().find((one) => one.name === name)?.samples;
  lab.simulation.at(nowMs + 20_000, () => {
    seen.push(lab.probes?.unknown(), sampled('drain_kube_synced'), sampled('drain_kube_leader'));
    seen.push(sampled('drain_kube_servers'), sampled('drain_kube_apply_lag_seconds'));
  });
  expect(await run.ended).toEqual(ok(143));
  const [unknown, synced, leader, servers, lag] = seen;
  expect(unknown).toEqual([]);
  expect(synced).toHaveLength(3);
  expect(leader).toEqual([{ labels: {}, value: 1 }]);
  const service = 'tcp/203.0.113.10:80';
  expect(servers).toEqual([{ labels: { director: 'lb1', service, state: 'in' }, value: 2 }]);
  expect(lag).toMatchObject([{ suffix: '_sum' }, { suffix: '_count' }]);
});

describe('drain continue', () => {
  const ask = (store: Store, rollout: string, kind: 'pause' | 'continue') => {
    const notes: unknown[] = [];
    const call = { rollout, store, request: { kind }, waits: true } as const;
    return requestOfController(call, { note: (note) => void notes.push(note) }).then((answer) => ({
      ...{ answer, notes },
    }));
  };

  it('reaches the instance that leads, which knows nothing else to be asked', async () => {
    const lab = openDriveLab();
    const run = lab.run('first', 20);
    const asked: Awaited<ReturnType<typeof ask>>[] = [];
    lab.simulation.at(nowMs + 10_000, async () => {
      asked.push(
        await ask(lab.store, 'kube-prod', 'pause'),
        await ask(lab.store, 'kube-prod', 'continue'),
      );
    });
    expect(await run.ended).toEqual(ok(143));
    expect(asked).toMatchObject([
      { answer: { ok: false, failure: { kind: 'usage' } }, notes: [] },
      { answer: ok({ exitCode: 0 }), notes: [{ controller: 'kube-prod' }] },
    ]);
    expect(run.types().filter((type) => type === 'continued')).toHaveLength(1);
    const later = await ask(lab.store, 'kube-prod', 'continue');
    expect(later.answer).toMatchObject({ ok: false, failure: { kind: 'usage' } });
    expect((await ask(lab.store, '20261130-120000000-7f3a', 'continue')).answer).toBeUndefined();
  });
});

describe('a file that is read again', () => {
  it.each([
    ['with other rules is in force', 'leave: { timeout: 1m }', 'reloaded'],
    ['of another cluster is refused', 'namespaces: [shop]', 'reload-refused'],
  ])('%s', (_, lines, type) => {
    const read = settingsOf(lines);
    const reloaded = reloadedSettings(driveSettings, ok(read));
    expect(reloadNotice(reloaded).type).toBe(type);
    if (reloaded.ok) expect(reloaded.value).toBe(read);
  });
});

it('a problem is said once for as long as it lasts', () => {
  const problem = (message: string): Problem => ({
    ...{ reason: 'NoNodePort', severity: 'Warning', message },
    about: { kind: 'Service', namespace: 'shop', name: 'web', uid: 'u' },
  });
  const told = createProblemNotes();
  const once = told([problem('none')]);
  expect(once.notices).toEqual([
    {
      ...{ type: 'problem', severity: 'Warning', reason: 'NoNodePort' },
      ...{ about: 'Service shop/web', message: 'none' },
    },
  ]);
  expect(once.notes).toMatchObject([{ type: 'Warning', reason: 'NoNodePort', note: 'none' }]);
  expect(told([problem('none')]).notices).toEqual([]);
  expect(told([]).notices).toEqual([]);
  expect(told([problem('none')]).notices).toHaveLength(1);
});

it('a line shows no control character of a name from outside', () => {
  const at = { v: 1, at: '2026-11-30T12:00:00Z' } as const;
  const { sentence, level } = lineOf({
    ...{ ...at, type: 'problem', severity: 'Warning', reason: 'NoAddress' },
    ...{ about: 'Service shop/\u001b[31mweb', message: 'none' },
  });
  expect(sentence).not.toContain('\u001b');
  expect(level).toBe('warning');
});
