import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * One connection that has its answer. At a line on standard input it waits so many milliseconds and is
 * closed from both ends; when it is, the time is printed.
 */
export interface LastByteOptions {
  readonly address: string;
  readonly port: number;
}

const target = JSON.parse(process.argv[2] ?? '') as LastByteOptions;
const socket = connect({ host: target.address, port: target.port }, () => {
  socket.write(`GET / HTTP/1.1\r\nHost: ${target.address}\r\n\r\n`);
});
socket.once('data', () => process.stdout.write('open\n'));
socket.on('close', () => process.stdout.write(`closed ${Date.now()}\n`));
socket.on('error', (error) => process.stderr.write(`${error.message}\n`));
createInterface({ input: process.stdin }).once('line', (line) => {
  setTimeout(() => socket.end(), Number(line));
});
