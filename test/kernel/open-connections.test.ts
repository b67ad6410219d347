import { expect, test } from 'vitest';
import { parseEvents } from '../support/drain-command.ts';
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

  const labNow = async (): Promise<number> => Number((await lab.run(['date', '+%s%3N'])).stdout);
});
