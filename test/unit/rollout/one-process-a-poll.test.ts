import { describe, expect, it } from 'vitest';
import type { DrainEvent } from '../../../src/domain/events/event.ts';
import { createRecorder } from '../../../src/record/recorder.ts';
import { createHandshakeGates } from '../../../src/rollout/handshakes/handshake-gate.ts';
import type { TraceEntry } from '../../../src/rollout/state/trace.ts';
import { connect } from '../../support/simulated-ipvs.ts';
import { playRollout } from '../../support/simulated-rollout.ts';

const table = '-A -t 10.0.0.100:80 -s wrr\n-a -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 1\n';
const waitMs = 120_000;

/** A switch at once, and an old server that one connection keeps for two minutes. */
async function waitForOne() {
  const trace: TraceEntry[] = [];
  const heard: DrainEvent[] = [];
  let record = (event: DrainEvent): void => void heard.push(event);
  let close = async (): Promise<void> => {};
  const played = await playRollout(
    { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs: 0, everyMs: 1_000 } },
    { seed: 1, table },
    (simulation) => {
      const connection = connect(simulation, 2_001);
      simulation.at(simulation.clock.nowMs() + waitMs, () =>
        simulation.kernel.connections.fromClient(connection, 'rst'),
      );
    },
    (clock, plan, director) => {
      const directors = new Map([['sim', director]]);
      const recorder = createRecorder({ plan, directors, clock });
      const environment = { drain: '', node: '', platform: '', host: '', directors: [] };
      const kept = { add: (entry: TraceEntry) => void trace.push(entry), close: async () => {} };
      recorder.start(kept, Promise.resolve(environment));
      record = recorder.event;
      close = recorder.close;
      return createHandshakeGates(plan, directors, clock);
    },
    (event) => record(event),
  );
  await close();
  return { ...played, trace };
}

describe('who waits for a server to become empty', () => {
  it('starts one process a poll, which also says what the gate and the picture need', async () => {
    const { calls, events, trace } = await waitForOne();
    const polls = calls.filter((stdin) => stdin.includes('--persistent-conn'));
    const alone = calls.filter((stdin) => /^-Ln -t \S+ --stats --exact$/m.test(firstLine(stdin)));
    expect(events.at(-1)).toMatchObject({ type: 'finished', outcome: 'done' });
    expect(polls.length).toBeGreaterThanOrEqual(waitMs / 1_000);
    // At the steps, when it has been quiesced and at the end, each on its own account.
    expect(alone.length).toBeLessThanOrEqual(8);
    const together = polls.filter((stdin) => stdin.includes('--stats'));
    expect(together.length).toBeLessThanOrEqual(polls.length / 2 + 1);
    const counted = trace.filter((entry) => entry.type === 'totals').map(({ atMs }) => atMs);
    expect(counted.length).toBeGreaterThanOrEqual(15);
    expect(counted).toEqual(counted.toSorted((a, b) => a - b));
  });
});

const firstLine = (stdin: string): string => stdin.split('\n')[0] ?? '';

describe('a host in 300 services', () => {
  const services = Array.from(
    { length: 300 },
    (_, index) => `10.0.1.${index >> 1}:${80 + (index & 1)}`,
  );
  const tables = services
    .map((service) => `-A -t ${service} -s wrr\n-a -t ${service} -r 10.0.0.1:80 -m -w 1\n`)
    .join('');

  it('leaves all that are ready in one edit from one listing, and another when it is', async () => {
    const [busy = ''] = services;
    const played = await playRollout(
      { from: '10.0.0.1', to: '10.0.0.2', ramp: { overMs: 0, everyMs: 1_000 } },
      { seed: 1, table: tables },
      (simulation) => {
        const connection = connect(simulation, 2_001, {
          protocol: 'tcp',
          address: '10.0.1.0',
          port: 80,
        });
        simulation.at(simulation.clock.nowMs() + 30_000, () =>
          simulation.kernel.connections.fromClient(connection, 'rst'),
        );
      },
    );
    expect(played.end).toMatchObject({ outcome: 'done', exitCode: 0 });
    expect(played.after).not.toContain('-r 10.0.0.1:80');
    const removals = played.calls.filter(
      (stdin) => stdin.includes('\n-d ') || stdin.startsWith('-d '),
    );
    const removed = removals.map((stdin) =>
      stdin.split('\n').filter((line) => line.startsWith('-d ')),
    );
    expect(removed.map((lines) => lines.length)).toEqual([299, 1]);
    expect(removed[1]).toEqual([`-d -t ${busy} -r 10.0.0.1:80`]);
    // Each service on its own in the journal and in the events, as ever.
    expect(played.events.filter(({ type }) => type === 'removed')).toHaveLength(300);
    const first = played.calls.indexOf(removals[0] ?? '');
    const whole = played.calls
      .slice(0, first)
      .filter((stdin) => !/^-a /m.test(stdin) && stdin.includes('--thresholds'));
    expect(whole.length).toBeLessThanOrEqual(6);
  });
});
