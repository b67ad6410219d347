import { createSocket, type Socket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';

/** Connections for the table of a director whose backup daemon listens, told as its master would. */
export interface InjectOptions {
  readonly protocol: 'tcp' | 'udp';
  readonly virtual: string;
  readonly virtualPort: number;
  readonly servers: readonly string[];
  readonly count: number;
  readonly timeoutS: number;
  /** So that two calls do not name the same clients. */
  readonly firstClient: number;
}

/**
 * Version 1 of the protocol (net/netfilter/ipvs/ip_vs_sync.c): a head of 8 bytes and 36 for each
 * connection. 100,000 of them take a second or two, where clients would take minutes.
 */
const headBytes = 8;
const entryBytes = 36;
const perMessage = 40;
const established = 1;
const inactive = 0x0100;
const protocols = { tcp: 6, udp: 17 } as const;

function entry(options: InjectOptions, index: number): Buffer {
  const { protocol, virtual, virtualPort, servers, timeoutS, firstClient } = options;
  const bytes = Buffer.alloc(entryBytes);
  const client = firstClient + index;
  bytes.writeUInt8(protocols[protocol], 1);
  bytes.writeUInt16BE(entryBytes, 2);
  bytes.writeUInt32BE(protocol === 'udp' ? inactive : 0, 4);
  bytes.writeUInt16BE(protocol === 'tcp' ? established : 0, 8);
  bytes.writeUInt16BE(1_024 + (client % 60_000), 10);
  bytes.writeUInt16BE(virtualPort, 12);
  bytes.writeUInt16BE(virtualPort, 14);
  bytes.writeUInt32BE(timeoutS, 20);
  bytes.set([10, 200, Math.floor(client / 60_000), 1], 24);
  bytes.set(addressBytes(virtual), 28);
  bytes.set(addressBytes(servers[index % servers.length] ?? ''), 32);
  return bytes;
}

const addressBytes = (address: string): readonly number[] => address.split('.').map(Number);

function message(options: InjectOptions, from: number, to: number): Buffer {
  const entries = Array.from({ length: to - from }, (_, index) => entry(options, from + index));
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(headBytes + entries.length * entryBytes, 2);
  head.writeUInt8(entries.length, 4);
  head.writeInt8(1, 5);
  return Buffer.concat([head, ...entries]);
}

const send = (socket: Socket, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.send(bytes, 8_848, '224.0.0.81', (error) => (error ? reject(error) : resolve()));
  });

const options = JSON.parse(process.argv[2] ?? '') as InjectOptions;
const socket = createSocket('udp4');
await new Promise<void>((resolve) => socket.bind(0, '10.0.1.2', resolve));
socket.setMulticastInterface('10.0.1.2');
for (let from = 0; from < options.count; from += perMessage) {
  await send(socket, message(options, from, Math.min(options.count, from + perMessage)));
  // The daemon has to keep up: what does not fit into its socket is lost.
  if ((from / perMessage) % 20 === 0) await sleep(5);
}
socket.close();
process.stdout.write('true');
