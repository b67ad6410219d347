import { expect, it } from 'vitest';
import { decide } from '../../../src/rollout/decide/decide.ts';
import { initialObservation } from '../../../src/rollout/observe/observation.ts';
import { lastStep } from '../../../src/rollout/state/rollout-state.ts';
import { reachedOn, stateAfter } from '../../support/engine-state.ts';
import { connect } from '../../support/simulated-ipvs.ts';
import { type Played, playRollout } from '../../support/simulated-rollout.ts';

const table = `-A -t 10.0.0.100:80 -s wrr
-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 1
`;

/** A switch whose old server has three connections of two clients at its deadline. */
const atDeadline = (
  onTimeout: 'reset' | 'remove',
  nodest: 0 | 1 = 0,
  faults?: Parameters<typeof playRollout>[1]['faults'],
): Promise<Played> =>
  playRollout(
    {
      from: '10.0.0.1',
      to: '10.0.0.2',
      ramp: { overMs: 0, everyMs: 1_000 },
      policy: { onTimeout, drainTimeoutMs: 20_000 },
    },
    { seed: 7, table, sysctl: { expireNodestConn: nodest }, ...(faults ? { faults } : {}) },
    () => {},
    () => [],
    () => {},
    (sim) => {
      connect(sim, 1_000, undefined, 1);
      connect(sim, 1_001, undefined, 1);
      connect(sim, 1_002, undefined, 2);
    },
  );

const settings = ({ calls }: Played) => calls.filter((call) => call.includes('expire_nodest_conn'));
const left = ({ simulation }: Played) => {
  const listed = simulation.ipvsadm(['-Lnc']);
  return listed.kind === 'exited' ? listed.stdout.match(/10\.0\.0\.1:80/g) : null;
};

it('at the deadline the last clients are reset, and the setting is what it was', async () => {
  const played = await atDeadline('reset');
  expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
  expect(played.end.message).toContain('removed at the drain deadline, its last clients reset');
  expect(settings(played)).toEqual(['expire_nodest_conn=1', 'expire_nodest_conn=0']);
  expect(left(played)).toBeNull();
  const told = played.events.filter(
    (event) => event.type === 'warning' && event.code === 'clients-reset',
  );
  expect(told).toMatchObject([
    {
      service: 'tcp/10.0.0.100:80',
      message:
        '10.0.0.1:80 on sim: 3 connections of 2 clients are reset at the drain deadline: 192.0.2.1 (2), 192.0.2.2 (1)',
    },
  ]);
});

it('a setting that was 1 is left alone', async () => {
  const played = await atDeadline('reset', 1);
  expect(played.end).toMatchObject({ outcome: 'done' });
  expect(settings(played)).toEqual([]);
  expect(left(played)).toBeNull();
});

it('a removal without a reset leaves the connections where they are', async () => {
  const played = await atDeadline('remove');
  expect(settings(played)).toEqual([]);
  expect(left(played)).toHaveLength(3);
});

it('a removal that cannot be made puts the setting back before the rollout is held', async () => {
  const played = await atDeadline('reset', 0, ({ stdin }) =>
    stdin.includes('-d -t')
      ? { kind: 'exited', exitCode: 255, stdout: '', stderr: 'Operation not permitted' }
      : undefined,
  );
  expect(played.end).toMatchObject({ outcome: 'held', exitCode: 7 });
  expect(settings(played)).toEqual(['expire_nodest_conn=1', 'expire_nodest_conn=0']);
});

it('after a kill in between, whoever resumes puts the setting back before anything else', () => {
  const step = lastStep(stateAfter([]).plan);
  const drained = reachedOn(['lb1'], { kind: 'step', step });
  const killed = stateAfter([
    ...drained,
    { type: 'setting-borrowed', director: 'lb1', before: 0 },
    { type: 'resumed', startAtMs: 0 },
  ]);
  const seen = initialObservation(['lb1'], 0);
  expect(decide(killed, seen, 1_000)).toEqual({ kind: 'give-back', directors: ['lb1'] });
  const after = stateAfter([
    ...drained,
    { type: 'setting-borrowed', director: 'lb1', before: 0 },
    { type: 'setting-returned', director: 'lb1' },
  ]);
  expect(decide(after, seen, 1_000)).not.toMatchObject({ kind: 'give-back' });
});
