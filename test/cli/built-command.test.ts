import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startServe } from '../support/running-serve.ts';
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

/** Prints the chunks of a run whose cache V8 has refused, or which have none. */
const compiledAnew = `
  const chunks = require('${root}bin/open-file.js').openFile('${root}dist/drain.chunks');
  process.on('exit', () => {
    const scripts = [...chunks.scripts].filter(([, { cachedDataRejected }]) => cachedDataRejected !== false);
    console.error(JSON.stringify(scripts.map(([name]) => name)));
  });
  process.argv.splice(1, 0, 'drain');
  chunks.load('main.js');`;

/** The file of the built command: where its scripts begin, and of each offset, sizes and its chunks' names. */
async function readPack() {
  const chunks = await readFile(join(root, 'dist/drain.chunks'));
  const length = Number(chunks.toString('latin1', 0, 8));
  const places: [number, number, number, string[]][] = JSON.parse(
    chunks.toString('utf8', 8, 8 + length),
  );
  return { chunks, start: 8 + length, places };
}

describe('the built command', () => {
  it.each([
    { command: '--help' },
    { command: '--dry-run --director sim --from 10.0.0.1 --to 10.0.0.2' },
    { command: 'history' },
  ])('starts with the code that was cached when it was built: $command', async ({ command }) => {
    const args = command.split(' ');
    const { stdout, stderr } = await run('-e', compiledAnew, '--', ...args);
    expect(stdout).not.toBe('');
    expect(JSON.parse(stderr)).toEqual([]);
  });

  it('loads what a dry run needs as a handful of scripts', async () => {
    const { stderr } = await run(
      '-e',
      compiledAnew.replace('!== false', '=== false'),
      '--',
      ...'--dry-run --director sim --from 10.0.0.1 --to 10.0.0.2'.split(' '),
    );
    const scripts = JSON.parse(stderr);
    expect(scripts[0]).toBe('main.js');
    expect(scripts.length).toBeLessThanOrEqual(6);
  });

  it('has a map that says of each chunk in a script where it begins', async () => {
    const { chunks, start, places } = await readPack();
    expect(Math.max(...places.map(([, , , names]) => names.length))).toBeGreaterThan(50);
    for (const [offset, cached, length, names] of places) {
      const from = start + offset + cached;
      const lines = chunks.toString('utf8', from, from + length).split('\n');
      const map = JSON.parse(await readFile(join(root, `dist/maps/${names[0]}.map`), 'utf8'));
      expect(map.sections).toHaveLength(names.length);
      for (const { offset: at } of map.sections) {
        expect(lines[at.line]).toBe('(function(exports,require,module,chunkUrl){');
      }
    }
  });

  it('asks for no module of Node that warns on stderr in a later version', async () => {
    const { chunks, start } = await readPack();
    const asked = chunks
      .toString('latin1', start)
      .matchAll(/\brequire\("(?:node:)?(punycode|sys|domain)"\)/g);
    expect([...asked].map(([found]) => found)).toEqual([]);
  });

  it('starts with a cache that V8 refuses, as after an upgrade of Node', async () => {
    const { chunks, start, places } = await readPack();
    const cached = places.filter(([, size]) => size > 0);
    expect(cached.length).toBeGreaterThan(3);
    for (const [offset, size] of cached) {
      chunks.fill('?', start + offset, start + offset + size);
    }
    await mkdir(join(folder, 'dist'));
    await writeFile(join(folder, 'dist/drain.chunks'), chunks);
    const [help, asBuilt] = await Promise.all(
      [folder, root].map((place) => run(join(place, 'bin/drain.js'), '--help')),
    );
    expect(help).toEqual(asBuilt);
    expect(help).toMatchObject({ code: 0, stderr: '' });
  });

  it('goes on with the files it started with, whatever an upgrade does to them', async () => {
    await mkdir(join(folder, 'dist'));
    await cp(join(root, 'dist/drain.chunks'), join(folder, 'dist/drain.chunks'));
    const place = ['--director', 'sim', '--state', join(folder, 'state')];
    const serve = await startServe(place, {}, join(folder, 'bin/drain.js'));
    await rm(join(folder, 'bin'), { recursive: true });
    await rm(join(folder, 'dist'), { recursive: true });
    // What is asked for the first time is read now: the page with its script, and the series.
    const page = await fetch(serve.url);
    expect(page.status).toBe(200);
    expect((await page.text()).length).toBeGreaterThan(100_000);
    expect(await (await fetch(`${serve.url}/metrics`)).text()).toContain('node_ipvs_');
    serve.signal('SIGTERM');
    expect(await serve.ended).toMatchObject({ exitCode: 143, stderr: '' });
  });

  it('says that it is not built', async () => {
    const end = await run(join(folder, 'bin', 'drain.js'), '--version');
    expect(end).toMatchObject({ code: 1, stdout: '' });
    expect(end.stderr).toContain(
      `there is no ${join(folder, 'dist', 'drain.chunks')}. Run \`npm run build\``,
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
    const chunks = join(dist, 'drain.chunks');
    const { ino } = await stat(chunks);
    expect(await run(join(place, 'build/build.js'))).toMatchObject({ code: 0, stderr: '' });
    expect((await stat(chunks)).ino).toBe(ino);

    const text = await readFile(chunks);
    await rm(chunks);
    expect(isUpToDate(place, dist)).toBe(false);
    await writeFile(chunks, text);
    expect(isUpToDate(place, dist)).toBe(true);
    await appendFile(join(place, 'src/main.ts'), '\n');
    expect(isUpToDate(place, dist)).toBe(false);
  });
});
