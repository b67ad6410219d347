import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What every package says of itself, and where things are. */
export const root = fileURLToPath(new URL('..', import.meta.url));
export const chunks = join(root, 'dist/drain.chunks');
export const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The packages that are in the build: `[{ name, version, license, folder }]`. */
export const bundled = () => JSON.parse(readFileSync(join(root, 'dist/bundled.json'), 'utf8'));

/** The time of the last commit, in seconds since 1970, so that a package is the same whenever it is made. */
export function sourceDate() {
  const { SOURCE_DATE_EPOCH: given } = process.env;
  if (given) return Number(given);
  return Number(
    execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }),
  );
}

/** Runs a tool to its end; one that is not there is named with the package that has it. */
export function run(tool, args, { cwd = root, from, env } = {}) {
  try {
    return execFileSync(tool, args, {
      cwd,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
  } catch (error) {
    if (error.code !== 'ENOENT')
      throw new Error(`${tool} failed: ${error.stderr || error.message}`);
    throw new Error(`there is no ${tool}${from ? ` (apt install ${from})` : ''}`);
  }
}
