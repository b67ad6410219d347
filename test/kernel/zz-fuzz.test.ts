import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runIpvsadm } from '../../src/ipvs/simulated/command/run.ts';
import { Kernel } from '../../src/ipvs/simulated/kernel.ts';
import { seeded } from '../contract/contract-seed.ts';
import { anyBatch, anyProcesses } from '../support/ipvsadm-operations.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';

describeKernel('fuzz', (lab) => {
  test('batches', async () => {
    let operations = 0,
      lines = 0,
      runs = 0;
    const t = performance.now();
    try {
      await fc.assert(
        fc.asyncProperty(anyBatch, async (batch) => {
          const stdin = ['-C', '--set 900 120 300', ...batch, ''].join('\n');
          const k = new Kernel(0);
          const { stops: _, ...expected } = runIpvsadm(k, ['-R'], stdin, () => operations++);
          lines += batch.length;
          runs++;
          const { exitCode, stdout, stderr } = await lab.ipvsadm(['-R'], stdin);
          expect({ exitCode, stdout, stderr }).toEqual(expected);
          const { stdout: t2 } = await lab.ipvsadm(['-R'], '-Sn\n-Ln --thresholds\n');
          expect(t2).toEqual(runIpvsadm(k, ['-R'], '-Sn\n-Ln --thresholds\n').stdout);
        }),
        { ...seeded(Number(process.env.RUNS ?? 20)), interruptAfterTimeLimit: 250_000 },
      );
    } finally {
      console.log({ operations, lines, runs, ms: performance.now() - t });
    }
  }, 600_000);
  test('processes', async () => {
    let operations = 0;
    const t = performance.now();
    const found: unknown[] = [];
    for (const all of fc.sample(anyProcesses, {
      numRuns: Number(process.env.RUNS ?? 20),
      ...(process.env.DRAIN_CONTRACT_SEED ? { seed: Number(process.env.DRAIN_CONTRACT_SEED) } : {}),
    })) {
      if (performance.now() - t > Number(process.env.MS ?? 200_000)) break;
      const k = new Kernel(0);
      await lab.ipvsadm(['-R'], '-C\n--set 900 120 300\n');
      const quote = (w: string) => "'" + w.replaceAll("'", "'\\''") + "'";
      const script = all
        .map((c) => `ipvsadm ${c.map(quote).join(' ')} </dev/null; echo "=== $?"; echo "===" >&2`)
        .join('\n');
      const fin = await lab.run(['sh'], { stdin: script });
      const outs = fin.stdout.split(/=== (\d+)\n/),
        errs = fin.stderr.split('===\n');
      for (const [i, command] of all.entries()) {
        operations++;
        const { stops: _, ...expected } = runIpvsadm(k, command, '');
        const actual = { exitCode: Number(outs[2 * i + 1]), stdout: outs[2 * i], stderr: errs[i] };
        if (
          JSON.stringify(actual) !==
          JSON.stringify({
            exitCode: expected.exitCode,
            stdout: expected.stdout,
            stderr: expected.stderr,
          })
        ) {
          found.push({ command, actual, expected });
          break;
        }
      }
    }
    console.log({ operations, ms: performance.now() - t });
    for (const f of found) console.log(JSON.stringify(f).slice(0, 1500));
  }, 600_000);
});
