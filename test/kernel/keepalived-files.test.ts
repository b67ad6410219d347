import { expect, test } from 'vitest';
import { trackFolder } from '../../src/domain/ipvs/track-files.ts';
import { parseEvents } from '../support/drain-command.ts';
import { stepReached } from '../support/kernel-hand-over.ts';
import {
  address,
  besideKeepalived,
  eventsOf,
  failed,
  flappedHalfWay,
  servers,
} from '../support/lab/beside-keepalived.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';

describeKernel('a rollout beside keepalived, with manager: {keepalived: track-files}', (lab) => {
  for (const inhibits of [false, true]) {
    const kind = inhibits ? 'inhibit_on_failure' : 'plain';
    test(`is set by keepalived, which comes back to the weights of the step (${kind})`, async () => {
      await besideKeepalived(lab, { inhibits, mode: 'track-files' }, async (beside) => {
        const { args, check, shows } = beside;
        const clients = await lab.clients.load({ address, port: 80, perSecond: 10 });
        const { run, rollout } = await flappedHalfWay(beside, inhibits);
        expect(await lab.drain(['continue', rollout, ...args])).toMatchObject({ exitCode: 0 });
        expect(await run.ended).toMatchObject({ exitCode: 0 });
        // keepalived has the old server, at weight 0, until its configuration has it no more.
        const done = { rs1: 0, rs2: 101, rs3: 100 };
        await shows(done);
        await check('rs1', false);
        await shows(inhibits ? done : { rs2: 101, rs3: 100 });
        await check('rs1', true);
        await shows(done);
        expect(failed(await clients.stop())).toEqual([]);
        const types = new Set(eventsOf(run).map(({ type }) => type));
        expect(types.has('re-asserted')).toBe(false);
        expect(types.has('drift-detected')).toBe(false);
        expect(await lab.readFile(`${trackFolder}/rs2`)).toBe('100\n');

        expect(await lab.drain(['rollback', rollout, ...args])).toMatchObject({ exitCode: 0 });
        await shows({ rs1: 100, rs2: 1, rs3: 100 });
        const out = ['out', servers.rs3, '--over', '0s', ...args];
        expect(await lab.drain(out)).toMatchObject({ exitCode: 0 });
        await shows({ rs1: 100, rs2: 1, rs3: 0 });
        expect(await lab.drain(['in', servers.rs3, '--over', '0s', ...args])).toMatchObject({
          exitCode: 0,
        });
        await shows({ rs1: 100, rs2: 1, rs3: 100 });
      });
    }, 300_000);
  }

  test("sets a weight again that somebody's ipvsadm has written over", async () => {
    await besideKeepalived(
      lab,
      { inhibits: false, mode: 'track-files' },
      async ({ args, shows }) => {
        const weight = (n: number) =>
          lab.drain(['weight', `${servers.rs3}:8080=${n}`, '--over', '0s', ...args]);
        expect(await weight(60)).toMatchObject({ exitCode: 0 });
        await shows({ rs1: 100, rs2: 1, rs3: 60 });
        const edit = ['-e', '-t', `${address}:80`, '-r', `${servers.rs3}:8080`, '-m', '-w', '33'];
        expect(await lab.ipvsadm(edit)).toMatchObject({ exitCode: 0 });
        await shows({ rs1: 100, rs2: 1, rs3: 33 });
        expect(await weight(60)).toMatchObject({ exitCode: 0 });
        await shows({ rs1: 100, rs2: 1, rs3: 60 });
      },
    );
  }, 120_000);
});

describeKernel('a rollback while the old server is down by its check', (lab) => {
  for (const mode of ['watch', 'track-files'] as const) {
    test(`adds nobody, and keepalived brings the server back with its own weight (${mode})`, async () => {
      await besideKeepalived(lab, { inhibits: false, mode }, async ({ args, check, shows }) => {
        const run = await lab.startDrain([
          ...['--from', servers.rs1, '--to', servers.rs2, '--steps', '50,100', '--every', '20s'],
          ...['--output', 'json', ...args],
        ]);
        const rollout = parseEvents(await stepReached(run, 1))[0]?.rollout ?? '';
        await check('rs1', false);
        await shows({ rs2: 51, rs3: 100 });
        await lab.drain(['rollback', rollout, ...args]);
        expect(await run.ended).toMatchObject({ exitCode: 5 });
        await shows({ rs2: 1, rs3: 100 });
        await check('rs1', true);
        await shows({ rs1: 100, rs2: 1, rs3: 100 });
      });
    }, 120_000);
  }
});
