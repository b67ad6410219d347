import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
import { eventually } from '../support/eventually.ts';
import { tally } from '../support/lab/clients.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const address = virtualAddresses.v4.nat;
const service = `-t ${address}:80`;
const rules = [`-A ${service} -s wrr`, `-a ${service} -r 10.0.2.11:8080 -m -w 1`];
const args = [
  ...['--from', '10.0.2.11', '--to', '10.0.2.12', '--over', '2s', '--every', '1s'],
  ...['--settle', '1s', '--output', 'json'],
];

describeKernel('a connection that is open on the old server', (lab) => {
  for (const kind of ['keep-alive', 'half-closed', 'stream'] as const) {
    test(`and ${kind} works until it ends, and only then is the server removed`, async () => {
      await lab.setTable(...rules);
      await lab.clients.hold({ address, port: 80, kind, seconds: 12, everyMs: 500 });
      const run = await lab.startDrain(args);
      let endedAtMs = Number.NaN;
      if (kind === 'keep-alive') {
        await run.line((line) => line.includes('"quiesced"'), 30_000);
        await new Promise((resolve) => setTimeout(resolve, 4_000));
        const [before] = await lab.clients.held();
        expect(before).toMatchObject({ state: 'open', server: 'rs1', error: null });
        expect(before?.answers).toBeGreaterThan(8);
        endedAtMs = await labNow();
        await lab.clients.release();
      }
      expect(await run.ended).toMatchObject({ exitCode: 0 });
      const [held] = await lab.clients.held();
      const events = parseEvents(run.stdout.join('\n'));
      const removedAtMs = Date.parse(events.find((event) => event.type === 'removed')?.at ?? '');
      if (kind !== 'keep-alive') {
        // The whole stream arrived, although the server was at weight 0 for most of it.
        expect(held).toMatchObject({ state: 'ended', server: 'rs1', error: null });
        endedAtMs = held?.lastAnswerMs ?? Number.NaN;
      }
      expect(removedAtMs - endedAtMs).toBeGreaterThanOrEqual(900);
      // Settle, a poll, and what processes cost in there.
      expect(removedAtMs - endedAtMs).toBeLessThanOrEqual(4_000);
      expect(await lab.table()).toEqual(
        rules.map((rule) => expect.stringContaining(rule.replace('10.0.2.11', '10.0.2.12'))),
      );
    });
  }

  test('is reset at the deadline where that is asked for, and none hangs', async () => {
    await lab.setTable(...rules);
    const setting = async () => (await lab.run(['sysctl', '-n', key])).stdout.trim();
    const key = 'net.ipv4.vs.expire_nodest_conn';
    const before = await setting();
    await lab.clients.hold({ address, port: 80, kind: 'keep-alive', everyMs: 300, count: 6 });
    const run = await lab.startDrain([...args, '--drain-timeout', '3s', '--on-timeout', 'reset']);
    expect(await run.ended, run.stderr.join('\n')).toMatchObject({ exitCode: 0 });
    await eventually(async () => {
      const errors = (await lab.clients.held()).map(({ error }) => error);
      expect(errors).toEqual(Array.from({ length: 6 }, () => 'ECONNRESET'));
    });
    const events = parseEvents(run.stdout.join('\n'));
    const removedAtMs = Date.parse(events.find((event) => event.type === 'removed')?.at ?? '');
    for (const { lastAnswerMs } of await lab.clients.held()) {
      expect(lastAnswerMs).toBeGreaterThan(removedAtMs - 3_000);
    }
    const told = events.find((event) => event.type === 'warning' && event.code === 'clients-reset');
    expect(told).toMatchObject({
      message: expect.stringContaining(
        '6 connections of 1 clients are reset at the drain deadline',
      ),
    });
    expect(await setting()).toBe(before);
    const load = await lab.clients.load({ address, port: 80, perSecond: 10 });
    await eventually(async () => {
      await load.take();
      expect(load.exchanges.length).toBeGreaterThan(5);
    });
    expect(Object.keys(tally(await load.stop()))).toEqual(['rs2']);
  });

  const labNow = async (): Promise<number> => Number((await lab.run(['date', '+%s%3N'])).stdout);
});
