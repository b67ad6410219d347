// Asks a server inside the lab for those outside. Bodies are left as files in a folder of both.
import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [port, folder] = process.argv.slice(2);
const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

const ask = (path, headers) =>
  new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: Number(port), path, headers, timeout: 10_000 };
    get(options, async (response) => {
      const parts = [];
      for await (const part of response) parts.push(part);
      resolve({
        status: response.statusCode,
        headers: response.headers,
        body: Buffer.concat(parts),
      });
    })
      .on('timeout', () => reject(new Error('no answer within 10 s')))
      .on('error', reject);
  });

createInterface({ input: process.stdin }).on('line', async (text) => {
  const { id, path, headers } = JSON.parse(text);
  try {
    const { body, ...rest } = await ask(path, headers);
    const file = join(folder, `relayed-${port}-${id}`);
    await writeFile(file, body);
    send({ id, result: { ...rest, file } });
  } catch (error) {
    send({ id, error: error.message });
  }
});
send({ ready: true });
