import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { DrainEvent } from '../../src/domain/events/event.ts';
import { withFolder } from '../support/drain-command.ts';
import { eventually } from '../support/eventually.ts';
import { buildFakeIpvsadm, type FakeIpvsadm } from '../support/fake-ipvsadm.ts';
import { startPrometheus } from '../support/prometheus.ts';
import { type RunningDrain, startDrain } from '../support/running-drain.ts';

const service = '-t 10.0.0.100:80';
const table = `-A ${service} -s wrr
-a ${service} -r 10.0.0.1:80 -m -w 4
-a ${service} -r 10.0.0.3:80 -m -w 2
`;
const replaced = `-A ${service} -s wrr
-a ${service} -r 10.0.0.2:80 -m -w 4
-a ${service} -r 10.0.0.3:80 -m -w 2
`;

/** Errors of two canaries, as each of them tells them now. */
const errors = { heals: 10, stays: 10 };
let tellScraped = (): void => {};
const canaries = createServer((_, response) => {
  const lines = Object.entries(errors).map(([name, count]) => `errors{canary="${name}"} ${count}`);
  response.setHeader('content-type', 'text/plain; version=0.0.4').end(`${lines.join('\n')}\n`);
  tellScraped();
});
await new Promise<void>((resolve) => canaries.listen(0, '127.0.0.1', resolve));
const { port } = canaries.address() as AddressInfo;

const required = process.env.DRAIN_REQUIRE_KERNEL === '1';
const started = await startPrometheus({ target: `127.0.0.1:${port}`, every: '15s' });
const other = await startPrometheus();
if (started.kind === 'unavailable' && !required) {
  process.stderr.write(`left out: rollouts on a real Prometheus, because ${started.reason}\n`);
}

describe.concurrent('a rollout whose gate asks a real Prometheus', () => {
  if (started.kind === 'unavailable' || other.kind === 'unavailable') {
    canaries.close();
    test.runIf(required)('has one to ask (DRAIN_REQUIRE_KERNEL=1)', () => {
      throw new Error([started, other].map((one) => 'reason' in one && one.reason).join());
    });
    return;
  }
  const [{ prometheus: slow }, { prometheus: quick }] = [started, other];
  let built: FakeIpvsadm;
  beforeAll(async () => {
    built = await buildFakeIpvsadm();
    // It looks for targets every 5 s, and at this one every 15 s.
    await eventually(async () => {
      expect(await samplesOf('errors')).toBe(2);
    });
  }, 90_000);
  afterAll(async () => {
    await Promise.all([slow.stop(), quick.stop(), built.remove()]);
    canaries.close();
  });

  const samplesOf = async (query: string): Promise<number> => {
    const answer = await fetch(`${slow.url}/api/v1/query?query=${query}`);
    const { data } = (await answer.json()) as { readonly data: { readonly result: object[] } };
    return data.result.length;
  };

  interface Asked {
    readonly url: string;
    readonly query: string;
    readonly limit: string;
    readonly every?: string;
  }

  interface Scene {
    readonly run: RunningDrain;
    readonly fake: FakeIpvsadm;
  }

  /** A ramp of four steps with a gate of this query. */
  const ramp = (name: string, asked: Asked, use: (scene: Scene) => Promise<void>): Promise<void> =>
    withFolder(async (folder) => {
      const fake = built.another(name);
      await fake.reset(table);
      const file = join(folder, 'canary.yaml');
      const words = { from: '10.0.0.1', to: '10.0.0.2', over: '6s', every: '1500ms', settle: '0s' };
      await writeFile(
        file,
        JSON.stringify({ ...words, noCheck: true, noIpvsGate: true, gatePrometheus: [asked] }),
      );
      const where = ['--ipvsadm', fake.remote, '--state', join(folder, 'state')];
      await use({ fake, run: startDrain(['apply', file, '--output', 'json', ...where], {}) });
    });
  /** The next look at the canaries: from then on there are 15 s until another. */
  const nextLook = (): Promise<void> =>
    new Promise((resolve) => {
      tellScraped = resolve;
    });

  const isWaiting = ({ type }: DrainEvent): boolean => type === 'gate-waiting';
  const typesOf = (run: RunningDrain) => run.events().map(({ type }) => type);

  it(
    'waits while it restarts in the middle of the ramp, and goes on with its next answer',
    () =>
      ramp(
        'restarts',
        { url: quick.url, query: 'up{job="self"}', limit: '== 1', every: '1s' },
        async ({ run, fake }) => {
          await run.event((event) => event.type === 'step-applied' && event.step >= 1);
          await quick.kill();
          const waiting = await run.event(isWaiting);
          expect(waiting).toMatchObject({ gateKind: 'prometheus', reason: 'no-answer' });
          quick.start();
          expect((await run.ended).exitCode).toBe(0);
          expect(typesOf(run)).not.toContain('rollback-started');
          expect(await fake.table()).toBe(replaced);
        },
      ),
    90_000,
  );

  it('that looks every 15 s is asked again after its next look, and a canary that has healed is filled', async () => {
    await nextLook();
    await ramp(
      'heals',
      { url: slow.url, query: 'errors{canary="heals"}', limit: '<= 5' },
      async ({ run, fake }) => {
        await run.event(isWaiting);
        errors.heals = 0;
        expect((await run.ended).exitCode).toBe(0);
        expect(typesOf(run)).not.toContain('rollback-started');
        expect(await fake.table()).toBe(replaced);
      },
    );
  }, 90_000);

  it(
    'that looks every 15 s has a canary that stays bad taken back, and not by one look alone',
    () =>
      ramp(
        'stays',
        { url: slow.url, query: 'errors{canary="stays"}', limit: '<= 5' },
        async ({ run, fake }) => {
          const first = await run.event(isWaiting);
          const waited = first.type === 'gate-waiting' ? first.waitedMs : 0;
          expect((await run.ended).exitCode).toBe(5);
          const back = run.events().find(({ type }) => type === 'rollback-started');
          const sinceFirst = Date.parse(back?.at ?? '') - Date.parse(first.at) + waited;
          expect(sinceFirst).toBeGreaterThan(14_900);
          expect(await fake.table()).toBe(table);
        },
      ),
    90_000,
  );
});
