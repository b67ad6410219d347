import { expect, test } from 'vitest';
import { cycleError } from '../../src/planner/weights/cycle-error.ts';
import { failures, handOver } from '../support/kernel-hand-over.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { virtualAddresses } from '../support/lab/topology.ts';
import { timedSteps } from '../support/step-times.ts';

const service = `-t ${virtualAddresses.v4.nat}:80`;
const names: Readonly<Record<string, string>> = {
  '10.0.2.11:8080': 'rs1',
  '10.0.2.12:8080': 'rs2',
  '10.0.2.13:8080': 'rs3',
};

describeKernel('the shares that the kernel delivers', (lab) => {
  const cases = [
    { perStep: 10, perSecond: 10, over: '10s', every: '1s' },
    { perStep: 100, perSecond: 100, over: '6s', every: '1s' },
    { perStep: 1_000, perSecond: 100, over: '20s', every: '10s' },
  ] as const;

  for (const { perStep, perSecond, over, every } of cases) {
    test(`are within the cycle's rounding of the plan at ${perStep} connections a step`, async () => {
      const done = await handOver(lab, {
        rules: [
          `-A ${service} -s wrr`,
          `-a ${service} -r 10.0.2.11:8080 -m -w 100`,
          `-a ${service} -r 10.0.2.13:8080 -m -w 25`,
        ],
        args: [
          '--from',
          '10.0.2.11',
          '--to',
          '10.0.2.12',
          '--over',
          over,
          '--every',
          every,
          '--settle',
          '1s',
        ],
        target: { address: virtualAddresses.v4.nat, port: 80 },
        perSecond,
        // The kernel's estimator needs some seconds to see the rate.
        warmUpMs: 12_000,
      });
      expect(done.exitCode).toBe(0);
      expect(failures(done)).toEqual([]);
      const steps = timedSteps(done.events);
      const report: string[] = [];
      steps.slice(0, -1).forEach(({ event: step }, index) => {
        const fromMs = Date.parse(step.at);
        const untilMs = steps[index + 1]?.begunMs ?? fromMs;
        const delivered = done.exchanges.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
        const weights = Object.values(step.weights);
        const total = weights.reduce((a, b) => a + b, 0);
        // An unfinished cycle at either end, however long, and one connection at either border whose
        // time and place are not measured by the same clock tick.
        const byCycle = 2 * cycleError(weights, delivered.length, 1) + 2;
        // Few connections a step are within one of the plan, and one more at the borders.
        const bound = perStep === 10 ? 2 : byCycle;
        for (const [server, weight] of Object.entries(step.weights)) {
          const got = delivered.filter((exchange) => exchange.server === names[server]).length;
          const wanted = (delivered.length * weight) / total;
          report.push(
            `step ${step.step} ${names[server]} ${got}/${wanted.toFixed(1)} ±${bound.toFixed(1)}`,
          );
          expect(Math.abs(got - wanted), report.at(-1)).toBeLessThanOrEqual(bound);
        }
      });
    }, 200_000);
  }
});
