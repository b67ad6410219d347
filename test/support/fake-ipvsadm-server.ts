import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { runIpvsadm } from '../../src/ipvs/simulated/command/run.ts';
import { Kernel } from '../../src/ipvs/simulated/kernel.ts';
import type { CommandResult } from '../../src/rollout/ports.ts';
import type { FakeCall, FakeFault } from './fake-ipvsadm.ts';
import { type Exited, faultyAnswer, isEdit } from './ipvsadm-faults.ts';

/**
 * The simulated command, behind the processes of fake-ipvsadm.sh, each of which is one connection. Its
 * table is the calls so far, one a line in a file that the caller names: a listing would lose
 * thresholds and the kernel's order of the servers. What is to happen to which call stands in
 * another file. Prints its port, and ends with its standard input.
 */
const hangs = 60_000;

interface Asked {
  readonly file: string;
  readonly faults: string;
  readonly args: readonly string[];
  readonly stdin: string;
}

const server = createServer((socket) => {
  const chunks: Buffer[] = [];
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    const asked = parse(Buffer.concat(chunks));
    if (asked) void answer(asked, socket);
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the server has no port');
  process.stdout.write(`${address.port}\n`);
});
process.stdin.on('end', () => process.exit()).resume();

/** Undefined while some of it is still to come: the count of args, the files, `args`, `stdin`. */
function parse(bytes: Buffer): Asked | undefined {
  const words = bytes.toString().split('\0');
  const [count = '', file = '', faults = ''] = words;
  const args = words.slice(3, 3 + Number(count));
  const [stdin, end] = words.slice(3 + Number(count));
  if (stdin === undefined || end === undefined) return undefined;
  return { file, faults, args, stdin };
}

async function answer(asked: Asked, socket: Socket): Promise<void> {
  const { file, args, stdin } = asked;
  const fault = faultOf(asked, madeIn(file).calls);
  if (fault?.sleepMs) {
    writeFileSync(`${file}.asleep`, '');
    await sleep(fault.sleepMs);
    // Who was killed in its sleep does nothing.
    if (socket.destroyed) return;
  }
  const made = madeIn(file);
  let done: string | undefined;
  const run = (lines: string): Exited => {
    const { exitCode, stdout, stderr } = runIpvsadm(made.kernel, args, lines);
    done = lines;
    return { kind: 'exited', exitCode, stdout, stderr };
  };
  const result = fault?.kind ? faultyAnswer(fault.kind, { stdin, run }) : run(stdin);
  const line = `${JSON.stringify({ args, stdin, done })}\n`;
  appendFileSync(file, line);
  made.text += line;
  made.calls.push({ args, stdin, ...(done !== undefined && { done }) });
  await end(result, socket);
}

/** A table, by the lines of its file that have made it so far. */
interface Made {
  text: string;
  readonly calls: FakeCall[];
  readonly kernel: Kernel;
}

const known = new Map<string, Made>();

/** The table of a file, to whose end others may write, and which may begin anew. */
function madeIn(file: string): Made {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const before = known.get(file);
  const made =
    before && text.startsWith(before.text)
      ? before
      : { text: '', calls: [], kernel: new Kernel(0) };
  known.set(file, made);
  const added = text.slice(made.text.length);
  made.text = text;
  for (const line of added.split('\n')) {
    if (line !== '') take(made, JSON.parse(line) as FakeCall);
  }
  return made;
}

function take({ kernel, calls }: Made, call: FakeCall): void {
  for (let client = 0; client < (call.clients ?? 0); client++) {
    connect(kernel, { port: 1_024 + calls.length, client });
  }
  if (call.done !== undefined) runIpvsadm(kernel, call.args, call.done);
  calls.push(call);
}

function faultOf({ faults, stdin }: Asked, earlier: readonly FakeCall[]): FakeFault | undefined {
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
function connect(
  { connections }: Kernel,
  { port, client }: { readonly port: number; readonly client: number },
): void {
  const target = { protocol: 'tcp', address: '10.0.0.100', port: 80 } as const;
  const arrival = connections.arrive(target, 0xc0000200 + client, port);
  if (arrival.kind !== 'scheduled') throw new Error(`not connected: ${arrival.kind}`);
  connections.fromServer(arrival.connection, 'syn');
  connections.fromClient(arrival.connection, 'ack');
}

function edits(call: Pick<FakeCall, 'stdin'>): boolean {
  return call.stdin.split('\n').some(isEdit);
}

/** `EXIT-CODE LENGTH LENGTH` in a line, then standard output and standard error. */
async function end(result: CommandResult, socket: Socket): Promise<void> {
  switch (result.kind) {
    case 'exited': {
      const stdout = Buffer.from(result.stdout, 'latin1');
      const stderr = Buffer.from(result.stderr);
      socket.write(`${result.exitCode} ${stdout.length} ${stderr.length}\n`);
      socket.write(stdout);
      socket.end(stderr);
      return;
    }
    case 'timed-out':
      await sleep(hangs);
      socket.end('0 0 0\n');
      return;
    case 'killed':
      socket.end('killed 0 0\n');
      return;
    default:
      throw new Error(`a process cannot be ${result.kind}`);
  }
}
