import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSite, type Ran, type Site, type SiteOptions } from './maintained-site.ts';

export interface FlooredSite extends Site {
  /** Writes the config file anew. */
  configure(text: string): void;
}

/** A machine whose commands read a config file with `minServing` in it. */
export function createFlooredSite(
  minServing: string,
  options: Omit<SiteOptions, 'seed'> & { readonly seed?: number },
): FlooredSite {
  const file = join(mkdtempSync(join(tmpdir(), 'drain-floor-')), 'drain.yaml');
  const configure = (text: string): void => writeFileSync(file, `${text}\n`, { mode: 0o600 });
  configure(`minServing: ${minServing}`);
  const site = createSite({ seed: 1, ...options });
  const run = (...args: readonly string[]): Promise<Ran> => site.run('--config', file, ...args);
  return { ...site, run, configure };
}

/** A table with one service, `tcp/10.0.0.100:80`, and a server `10.0.0.N` for each weight. */
export const webTable = (weights: readonly number[], scheduler = 'wrr'): string =>
  [
    `-A -t 10.0.0.100:80 -s ${scheduler}`,
    ...weights.map((weight, n) => `-a -t 10.0.0.100:80 -r 10.0.0.${n + 1}:80 -m -w ${weight}`),
    '',
  ].join('\n');
