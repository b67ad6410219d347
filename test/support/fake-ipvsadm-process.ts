import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { runIpvsadm } from '../../src/ipvs/simulated/command/run.ts';
import { Kernel } from '../../src/ipvs/simulated/kernel.ts';

/**
 * The simulated command as a process. Its table is the calls so far, one a line in the file
 * `FAKE_IPVSADM_CALLS`: a listing would lose thresholds and the kernel's order of the servers.
 */
const file = process.env.FAKE_IPVSADM_CALLS ?? '';
const args = process.argv.slice(2);
const stdin = args.includes('-R') ? readFileSync(0, 'utf8') : '';

const kernel = new Kernel(0);
const calls = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : [];
for (const call of calls.filter((line) => line !== '')) {
  const [earlierArgs, earlierStdin] = JSON.parse(call) as [string[], string];
  runIpvsadm(kernel, earlierArgs, earlierStdin);
}
const { exitCode, stdout, stderr } = runIpvsadm(kernel, args, stdin);
appendFileSync(file, `${JSON.stringify([args, stdin])}\n`);
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
