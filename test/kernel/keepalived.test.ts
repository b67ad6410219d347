import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  address,
  besideKeepalived,
  eventsOf,
  failed,
  flappedHalfWay,
} from '../support/lab/beside-keepalived.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';

describeKernel('a rollout beside keepalived, with manager: {keepalived: watch}', (lab) => {
  for (const inhibits of [false, true]) {
    const kind = inhibits ? 'inhibit_on_failure' : 'plain';
    test(`goes on after flaps of the old server, the new one and a bystander (${kind})`, async () => {
      await besideKeepalived(lab, { inhibits, mode: 'watch' }, async (beside) => {
        const { args, check, shows } = beside;
        const clients = await lab.clients.load({ address, port: 80, perSecond: 10 });
        const { run, rollout } = await flappedHalfWay(beside, inhibits);

        await check('rs2', false);
        await shows({ rs1: 50, rs3: 100, ...(inhibits ? { rs2: 0 } : {}) });
        expect(await lab.drain(['continue', rollout, ...args, '--no-wait'])).toMatchObject({
          exitCode: 0,
        });
        await run.line((text) => text.includes('"gate-waiting"'), 60_000);
        await check('rs2', true);
        expect(await run.ended).toMatchObject({ exitCode: 0 });
        await shows({ rs2: 101, rs3: 100 });
        expect(failed(await clients.stop())).toEqual([]);

        const events = eventsOf(run);
        const again = events.flatMap((event) =>
          event.type === 're-asserted' ? [`${event.server} ${event.found} ${event.weight}`] : [],
        );
        expect(again).toEqual([
          '10.0.2.11:8080 100 50',
          '10.0.2.12:8080 1 51',
          '10.0.2.12:8080 1 51',
        ]);
        expect(events.find(({ type }) => type === 'gate-waiting')).toMatchObject({
          gateKind: 'manager',
          server: '10.0.2.12:8080',
          reason: 'server-down',
        });
        expect(events.filter(({ type }) => type === 'drift-detected')).toEqual([]);
      });
    }, 240_000);
  }

  test('is refused where nothing of the kind runs there', async () => {
    const config = join(lab.folder, 'watch.yaml');
    await lab.writeFile(
      config,
      'directors:\n  lb: {director: local, manager: {keepalived: watch}}\n',
    );
    await lab.setTable(
      `-A -t ${address}:80 -s wrr`,
      `-a -t ${address}:80 -r 10.0.2.11:8080 -m -w 1`,
    );
    const run = await lab.drain([
      ...['--from', '10.0.2.11', '--to', '10.0.2.12', '--director', 'lb', '--config', config],
      ...['--state', join(lab.folder, 'refused')],
    ]);
    expect(run).toMatchObject({ exitCode: 3, stderr: expect.stringMatching(/no keepalived runs/) });
  });
});
