import { readFile, rm } from 'node:fs/promises';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { repository } from './boot.ts';
import { Channel } from './channel.ts';
import type { Lab } from './lab.ts';

export interface Relay {
  /** On the host. */
  readonly url: string;
  close(): Promise<void>;
}

interface Relayed {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly file: string;
}

/**
 * A port of the director, as a port of the host: GET requests go in through the lab's own channel,
 * because no network does, and the answers come out as they were given.
 */
export async function relayTo(lab: Lab, port: number): Promise<Relay> {
  const script = join(repository, 'test/support/lab/guest/relay.mjs');
  const guest = await lab.spawn([process.execPath, script, String(port), lab.folder]);
  await guest.line((line) => line.includes('"ready"'));
  const channel = new Channel((line) => void guest.write(`${line}\n`).catch(() => {}));
  guest.onLine = (line) => channel.receive(line);
  guest.ended.then(() => channel.close('the relay has ended'));
  const server = createServer(async ({ url, headers: { host: _, ...headers } }, response) => {
    try {
      const relayed = await channel.request<Relayed>({ path: url, headers }, 15_000);
      response.writeHead(relayed.status, relayed.headers);
      response.end(await readFile(relayed.file));
      await rm(relayed.file, { force: true });
    } catch {
      response.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const bound = typeof address === 'object' && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
