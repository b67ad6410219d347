import { execFile } from 'node:child_process';
import { appendFile, cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copySources } from '../support/source-copy.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'drain-built-'));
  await cp(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (...args: readonly string[]) =>
  promisify(execFile)(process.execPath, args).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );

const copyDist = (isCopied: (file: string) => boolean) =>
  cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true, filter: isCopied });

/** Prints the chunks of a run whose cache V8 has refused, or which have none; main.js never has. */
const compiledAnew = `
  const chunks = require('${root}bin/chunks.js').openChunks('${root}dist');
  process.on('exit', () => {
    const scripts = [...chunks.scripts].filter(([, { cachedDataRejected }]) => cachedDataRejected !== false);
    console.error(JSON.stringify(scripts.map(([name]) => name)));
  });
  process.argv.splice(1, 0, 'drain');
  chunks.load('main.js');`;

describe('the built command', () => {
  it.each([
    { command: '--help' },
    { command: '--dry-run --director sim --from 10.0.0.1 --to 10.0.0.2' },
    { command: 'history' },
  ])('starts with the code that was cached when it was built: $command', async ({ command }) => {
    const args = command.split(' ');
    const { stdout, stderr } = await run('-e', compiledAnew, '--', ...args);
    expect(stdout).not.toBe('');
    expect(JSON.parse(stderr)).toEqual(['main.js']);
  });

  it('starts without it, and with what V8 refuses', async () => {
    await copyDist((file) => !/\.(cache|map)$/.test(file));
    const drain = join(folder, 'bin', 'drain.js');
    const help = await run(drain, '--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const file of await readdir(join(folder, 'dist'))) {
      if (file.endsWith('.js')) await writeFile(join(folder, 'dist', `${file}.cache`), 'garbage');
    }
    expect(await run(drain, '--help')).toEqual(help);
  });

  it('says that it is not built', async () => {
    const end = await run(join(folder, 'bin', 'drain.js'), '--version');
    expect(end).toMatchObject({ code: 1, stdout: '' });
    expect(end.stderr).toContain(
      `there is no ${join(folder, 'dist', 'main.js')}. Run \`npm run build\``,
    );
  });
});

describe('a build', () => {
  it('is made again only after what it is made of, or what it has left, has changed', async () => {
    const place = join(folder, 'copy');
    const dist = join(place, 'dist');
    await copySources(place, ['dist']);
    const stampModule = join(root, 'build/stamp.js');
    const { isUpToDate } = await import(stampModule);
    expect(isUpToDate(place, dist)).toBe(true);
    const { mtimeMs } = await stat(join(dist, 'page/live.js'));
    expect(await run(join(place, 'build/build.js'))).toMatchObject({ code: 0, stderr: '' });
    expect((await stat(join(dist, 'page/live.js'))).mtimeMs).toBe(mtimeMs);

    const page = await readFile(join(dist, 'page/live.js'));
    await rm(join(dist, 'page/live.js'));
    expect(isUpToDate(place, dist)).toBe(false);
    await writeFile(join(dist, 'page/live.js'), page);
    expect(isUpToDate(place, dist)).toBe(true);
    await appendFile(join(place, 'src/main.ts'), '\n');
    expect(isUpToDate(place, dist)).toBe(false);
  });
});
