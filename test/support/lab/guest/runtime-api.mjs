// Gives commands to HAProxy's runtime API on a unix socket, for those outside the lab. Argument: the
// socket. JSON lines: {id, command} is answered with {id, result: its answer}.
import net from 'node:net';
import { createInterface } from 'node:readline';

const [path] = process.argv.slice(2);
const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const ask = (command) =>
  new Promise((resolve, reject) => {
    const socket = net.connect(path);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('connect', () => socket.write(`${command}\n`));
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text.trim()));
    socket.on('error', reject);
  });

createInterface({ input: process.stdin }).on('line', async (text) => {
  const { id, command } = JSON.parse(text);
  try {
    send({ id, result: await ask(command) });
  } catch (error) {
    send({ id, error: error.message });
  }
});
send({ ready: true });
