import { describe, expect, it } from 'vitest';
import type { Simulation } from '../../../src/ipvs/simulated/simulated-director.ts';
import { execute } from '../../support/simulated-ipvs.ts';
import { type Played, playRollout } from '../../support/simulated-rollout.ts';

const web = '-t 10.0.0.100:80';
const table = {
  seed: 7,
  table: `-A ${web} -s wrr
-a ${web} -r 10.0.0.1:80 -m -w 100 -x 500 -y 400
-a ${web} -r 10.0.0.3:80 -m -w 25
`,
};
const handOver = { from: '10.0.0.1', to: '10.0.0.2' };
const isEdit = (stdin: string): boolean => /^-[eadE] /m.test(stdin);

/** A rollout in which somebody edits between the listing and the n-th batch, counted from 1. */
async function overtaken(n: number, edit: string): Promise<Played> {
  let sim: Simulation | undefined;
  let batches = 0;
  return playRollout(
    handOver,
    {
      ...table,
      faults({ stdin }) {
        if (isEdit(stdin) && ++batches === n && sim) execute(sim, edit);
        return undefined;
      },
    },
    (simulation) => {
      sim = simulation;
    },
  );
}

const codes = ({ events }: Played) =>
  events.flatMap((event) => (event.type === 'warning' ? [event.code] : []));
const drifts = ({ events }: Played) =>
  events.flatMap((event) =>
    event.type === 'drift-detected' ? [`${event.expected} -> ${event.found}`] : [],
  );
const steps = ({ events }: Played) =>
  events.flatMap((event) => (event.type === 'step-applied' ? [event.step] : []));
const all = Array.from({ length: 13 }, (_, step) => step);

describe('an edit between the listing and the batch', () => {
  it('that takes a bystander out before the first step is told and stays to the end', async () => {
    const played = await overtaken(1, `-e ${web} -r 10.0.0.3:80 -m -w 0`);
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(codes(played)).toEqual(['bystander-changed']);
    expect(steps(played)).toEqual(all);
    expect(played.after).toBe(`-A ${web} -s wrr
-a ${web} -r 10.0.0.2:80 -m -w 100
-a ${web} -r 10.0.0.3:80 -m -w 0
`);
  });

  it('that takes a bystander out when the scale is taken back is told and stays', async () => {
    const usual = await playRollout(handOver, table);
    const last = usual.calls.filter(isEdit).length;
    const played = await overtaken(last, `-e ${web} -r 10.0.0.3:80 -m -w 0`);
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(codes(played)).toEqual(['bystander-changed']);
    expect(played.after).toBe(`-A ${web} -s wrr
-a ${web} -r 10.0.0.2:80 -m -w 100
-a ${web} -r 10.0.0.3:80 -m -w 0
`);
  });

  it.each([
    ['10.0.0.1:80', 3],
    ['10.0.0.2:80', 7],
  ])('of the weight of %s holds the rollout with exit 6, and stands', async (server, n) => {
    const played = await overtaken(n, `-e ${web} -r ${server} -m -w 777`);
    expect(played.end).toMatchObject({ outcome: 'held', exitCode: 6 });
    expect(drifts(played)).toEqual([
      expect.stringMatching(new RegExp(`^${server} weight \\d+ -> ${server} weight 777$`)),
    ]);
    expect(played.after).toContain(`-r ${server} -m -w 777\n`);
    // The step that was overtaken is taken back: nobody has the weight of a step that was not made.
    expect(steps(played)).toEqual(all.slice(0, n - 1));
  });

  it('of a drained server that gets weight again before its removal leaves it there', async () => {
    const usual = await playRollout(handOver, table);
    const last = usual.calls.filter(isEdit).length;
    const played = await overtaken(last, `-e ${web} -r 10.0.0.1:80 -m -w 50 -x 500 -y 400`);
    expect(played.end).toMatchObject({ outcome: 'held', exitCode: 6 });
    expect(played.after).toContain('-r 10.0.0.1:80 -m -w 50\n');
    expect(execute(played.simulation, '-Ln --thresholds')).toMatch(/10\.0\.0\.1:80 +500 +400/);
  });

  it('of a threshold or the forwarding method stands beside the weight of the step', async () => {
    const usual = await playRollout(handOver, table);
    const weight = /-e .*-r 10\.0\.0\.1:80 -m -w (\d+)/.exec(usual.calls.filter(isEdit)[1] ?? '');
    const before = /-[ae] .*-r 10\.0\.0\.1:80 -m -w (\d+)/.exec(
      usual.calls.filter(isEdit)[0] ?? '',
    );
    expect(Number(weight?.[1])).toBeLessThan(Number(before?.[1]));
    const edit = `-e ${web} -r 10.0.0.1:80 -g -w ${before?.[1]} -x 777 -y 400`;
    const played = await overtaken(2, edit);
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(steps(played)).toEqual(all);
    const second = played.calls.filter(isEdit)[2] ?? '';
    expect(second).toContain(`-e ${web} -r 10.0.0.1:80 -g -w ${weight?.[1]} -x 777 -y 400\n`);
    const rest = played.calls.filter(isEdit).slice(2).join('');
    expect(rest).not.toContain('-r 10.0.0.1:80 -m');
  });

  it('costs a second process only where something differed', async () => {
    const usual = await playRollout(handOver, table);
    const made = steps(usual).length + 1;
    expect(usual.calls.filter(isEdit)).toHaveLength(made);
  });
});
