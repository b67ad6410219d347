import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { runIpvsadm } from '../../src/ipvs/simulated/command/run.ts';
import { Kernel } from '../../src/ipvs/simulated/kernel.ts';
import type { CommandResult } from '../../src/rollout/ports.ts';
import type { FakeCall, FakeFault } from './fake-ipvsadm.ts';
import { type Exited, faultyAnswer, isEdit } from './ipvsadm-faults.ts';

/**
 * The simulated command as a process. Its table is the calls so far, one a line in the file
 * `FAKE_IPVSADM_CALLS`: a listing would lose thresholds and the kernel's order of the servers. What
 * is to happen to which call stands in the file `FAKE_IPVSADM_FAULTS`.
 */
const file = process.env.FAKE_IPVSADM_CALLS ?? '';
const args = process.argv.slice(2);
const stdin = args.includes('-R') ? readFileSync(0, 'utf8') : '';

const kernel = new Kernel(0);
const earlier = (existsSync(file) ? readFileSync(file, 'utf8') : '')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line) as FakeCall);
for (const [index, call] of earlier.entries()) {
  for (let client = 0; client < (call.clients ?? 0); client++) connect(1_024 + index, client);
  if (call.done !== undefined) runIpvsadm(kernel, call.args, call.done);
}

let done: string | undefined;
function run(lines: string): Exited {
  const { exitCode, stdout, stderr } = runIpvsadm(kernel, args, lines);
  done = lines;
  return { kind: 'exited', exitCode, stdout, stderr };
}

const fault = faultOfThisCall();
if (fault?.sleepMs) {
  writeFileSync(`${file}.asleep`, '');
  sleep(fault.sleepMs);
}
const result = fault?.kind ? faultyAnswer(fault.kind, { stdin, run }) : run(stdin);
appendFileSync(file, `${JSON.stringify({ args, stdin, done })}\n`);
end(result);

function faultOfThisCall(): FakeFault | undefined {
  const faults = process.env.FAKE_IPVSADM_FAULTS ?? '';
  if (!existsSync(faults)) return undefined;
  const counted = earlier.filter((call) => !call.isStart && call.clients === undefined);
  const before = { calls: counted.length, edits: counted.filter(edits).length };
  const planned = JSON.parse(readFileSync(faults, 'utf8')) as readonly FakeFault[];
  return planned.find(
    ({ of, from, to = from }) =>
      (of === 'calls' || edits({ stdin })) && before[of] >= from && before[of] <= to,
  );
}

/** A whole handshake, with nothing after it. */
function connect(port: number, client: number): void {
  const { connections } = kernel;
  const target = { protocol: 'tcp', address: '10.0.0.100', port: 80 } as const;
  const arrival = connections.arrive(target, 0xc0000200 + client, port);
  if (arrival.kind !== 'scheduled') throw new Error(`not connected: ${arrival.kind}`);
  connections.fromServer(arrival.connection, 'syn');
  connections.fromClient(arrival.connection, 'ack');
}

function edits(call: Pick<FakeCall, 'stdin'>): boolean {
  return call.stdin.split('\n').some(isEdit);
}

function end(result: CommandResult): void {
  switch (result.kind) {
    case 'exited':
      process.stdout.write(result.stdout, 'latin1');
      process.stderr.write(result.stderr);
      process.exitCode = result.exitCode;
      return;
    case 'timed-out':
      sleep(60_000);
      return;
    case 'killed':
      process.kill(process.pid, 'SIGKILL');
      return;
    default:
      throw new Error(`a process cannot be ${result.kind}`);
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
