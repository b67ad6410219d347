import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnswerTimes, limitsMs } from '../../../../src/guard/seen/answer-times.ts';
import { guardMetrics } from '../../../../src/guard/seen/guard-metrics.ts';
import { createExposition } from '../../../../src/serve/metrics/exposition.ts';
import { fullGuardNow } from '../../../support/guard-now.ts';

const at = 'director="local",service="tcp/10.0.0.100:80"';

describe('the metrics of a guard', () => {
  it('are up, last answer and flaps of each server, and what is kept of each service', async () => {
    const text = await createExposition().write(guardMetrics(fullGuardNow()));
    const lines = text
      .split('\n')
      .filter((line) => line.startsWith('drain_check_') && !line.includes('_bucket'));
    expect(lines).toEqual([
      'drain_check_guard_alive{director="local"} 1',
      'drain_check_guard_turn_timestamp_seconds{director="local"} 2',
      `drain_check_up{${at},server="10.0.0.1:80"} 1`,
      `drain_check_up{${at},server="10.0.0.2:80"} 0`,
      `drain_check_passed{${at},server="10.0.0.1:80"} 1`,
      `drain_check_passed{${at},server="10.0.0.2:80"} 0`,
      `drain_check_last_answer_timestamp_seconds{${at},server="10.0.0.1:80"} 1.5`,
      `drain_check_last_answer_timestamp_seconds{${at},server="10.0.0.2:80"} 1.5`,
      `drain_check_flaps_total{${at},server="10.0.0.1:80"} 0`,
      `drain_check_flaps_total{${at},server="10.0.0.2:80"} 2`,
      `drain_check_flaps_total{${at},server="10.0.0.3:80"} 0`,
      `drain_check_all_dead{${at}} 0`,
      `drain_check_servers_kept{${at}} 1`,
      `drain_check_server_kept{${at},server="10.0.0.2:80",reason="min-serving"} 1`,
      `drain_check_fallback_servers{${at}} 0`,
      `drain_check_left_to_rollout{${at}} 0`,
      'drain_check_answer_seconds_sum{service="tcp/10.0.0.100:80"} 1.0074',
      'drain_check_answer_seconds_count{service="tcp/10.0.0.100:80"} 3',
    ]);
  });

  it('have the times of answers as a histogram, each bucket with all that are faster', async () => {
    const text = await createExposition().write(guardMetrics(fullGuardNow()));
    const buckets = [...text.matchAll(/answer_seconds_bucket\{.*le="(.*)".*\} (\d+)/g)];
    expect(text).toContain('# TYPE drain_check_answer_seconds histogram');
    expect(buckets.map(([, le, value]) => `${le} ${value}`)).toEqual([
      ...['0.001 1', '0.0025 1', '0.005 1', '0.01 2', '0.025 2', '0.05 2', '0.1 2', '0.25 2'],
      ...['0.5 2', '1 3', '2.5 3', '5 3', '10 3', '+Inf 3'],
    ]);
  });
});

describe('the times of answers', () => {
  it('count an answer in every bucket that it fits, whatever the answers are', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 20_000, noNaN: true })), (answers) => {
        const times = createAnswerTimes();
        for (const ms of answers) times.add(ms);
        expect(times.counts).toEqual(
          limitsMs.map((limit) => answers.filter((ms) => ms <= limit).length),
        );
        expect(times.count).toBe(answers.length);
      }),
    );
  });
});
