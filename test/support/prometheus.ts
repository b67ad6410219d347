import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programOf, whyNot } from './debian-packages.ts';

export interface Prometheus {
  readonly url: string;
  stop(): Promise<void>;
}

export type StartedPrometheus =
  | { readonly kind: 'running'; readonly prometheus: Prometheus }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** `127.0.0.1:9815`, and what it wants as a bearer token. */
export interface ScrapedToo {
  readonly target: string;
  readonly token: string;
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
  const child = spawn(program, [...args, `--web.listen-address=${listen}`], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  return {
    kind: 'running',
    prometheus: {
      url: `http://${listen}`,
      async stop() {
        child.kill('SIGKILL');
        await ended;
        await rm(folder, { recursive: true, force: true });
      },
    },
  };
}

const jobOf = ({ target, token }: ScrapedToo): string =>
  `  - { job_name: drain, authorization: { credentials: '${token}' }, static_configs: [{ targets: ['${target}'] }] }\n`;

function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
