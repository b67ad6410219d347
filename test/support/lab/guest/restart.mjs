// restart.mjs ADDRESS CONTROL-PORT DOWN-MS [BROKEN-FILE]: restarts the HTTP server of a real server, as
// an operator's command would. While it is down, connections are refused. A server whose address stands
// in BROKEN-FILE stays down, and the exit code is 3.
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';

const [address, port, downMs, brokenFile] = process.argv.slice(2);
const isBroken =
  brokenFile !== undefined &&
  existsSync(brokenFile) &&
  readFileSync(brokenFile, 'utf8').split('\n').includes(address);

const socket = net.connect({ host: address, port: Number(port) });
socket.on('connect', () => socket.write(`${isBroken ? 'stop' : 'restart'} ${downMs}\n`));
socket.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
socket.setEncoding('utf8').on('data', (text) => process.stdout.write(text));
socket.on('end', () => {
  if (!isBroken) return;
  console.error(`${address} does not start again`);
  process.exitCode = 3;
});
