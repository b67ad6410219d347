import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programOf, whyNot } from './debian-packages.ts';

export interface Prometheus {
  readonly url: string;
  /** kill -9. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on what it had written. */
  start(): void;
  stop(): Promise<void>;
}

export type StartedPrometheus =
  | { readonly kind: 'running'; readonly prometheus: Prometheus }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** `127.0.0.1:9815`, and what it wants as a bearer token. */
export interface ScrapedToo {
  readonly target: string;
  readonly token?: string;
  /** The time between two scrapes, as Prometheus writes it; absent: a second. */
  readonly every?: string;
}

/**
 * A real Prometheus that scrapes itself once a second: Debian's package (19 MB), fetched on first use.
 */
export async function startPrometheus(scraped?: ScrapedToo): Promise<StartedPrometheus> {
  const program = await programOf('prometheus', 'usr/bin/prometheus').catch(
    (error: Error) => error,
  );
  if (program instanceof Error) return { kind: 'unavailable', reason: whyNot(program) };
  const folder = await mkdtemp(join(tmpdir(), 'drain-prometheus-'));
  const listen = `127.0.0.1:${await freePort()}`;
  const config = join(folder, 'prometheus.yml');
  await writeFile(
    config,
    `global: { scrape_interval: 1s }
scrape_configs:
  - { job_name: self, static_configs: [{ targets: ['${listen}'] }] }
${scraped ? jobOf(scraped) : ''}`,
  );
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`];
  const begin = () => {
    const words = [...args, `--web.listen-address=${listen}`];
    const child = spawn(program, words, { stdio: 'ignore' });
    return { child, ended: new Promise((resolve) => child.once('exit', resolve)) };
  };
  let running = begin();
  const kill = async (): Promise<void> => {
    running.child.kill('SIGKILL');
    await running.ended;
  };
  return {
    kind: 'running',
    prometheus: {
      url: `http://${listen}`,
      kill,
      start() {
        running = begin();
      },
      async stop() {
        await kill();
        await rm(folder, { recursive: true, force: true });
      },
    },
  };
}

const jobOf = ({ target, token, every }: ScrapedToo): string => {
  const fields = [
    'job_name: drain',
    ...(token === undefined ? [] : [`authorization: { credentials: '${token}' }`]),
    ...(every === undefined ? [] : [`scrape_interval: ${every}`]),
    `static_configs: [{ targets: ['${target}'] }]`,
  ];
  return `  - { ${fields.join(', ')} }\n`;
};

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
