import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { bundledPackages } from './bundled-packages.js';
import { writePack } from './pack.js';
import { buildPageScript } from './page-script.js';
import { isUpToDate, markUpToDate } from './stamp.js';

/**
 * `node build/build.js`: the command, with the page of `drain serve` in it, from src to dist. An
 * installation, a test run and a bench all begin with it, so it does nothing where nothing has changed.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const pack = join(dist, 'drain.chunks');

// As new as if it had been made now, for those who compare its time with that of the sources.
if (isUpToDate(root, dist)) await utimes(pack, new Date(), new Date());
else await buildAll();

/** Beside what is there, and in its place at the end: whoever runs it meanwhile is not disturbed. */
async function buildAll() {
  await mkdir(dist, { recursive: true });
  const beside = await mkdtemp(join(dist, 'new-'));
  try {
    const page = await buildPageScript();
    const { chunks, inputs } = await buildCommand(page.text);
    writePack(join(beside, 'drain.chunks'), chunks);
    const cached = await cacheCode(beside, chunks);
    await keepMaps(beside, chunks);
    const bundled = bundledPackages(root, [...inputs, ...page.inputs]);
    await writeFile(join(dist, 'bundled.json'), `${JSON.stringify(bundled, undefined, 2)}\n`);
    writePack(pack, cached);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
  markUpToDate(root, dist);
}

/** A chunk for what is loaded together, so that a command reads no more than it needs. */
async function buildCommand(pageScript) {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts'],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'inline',
    define: { 'import.meta.url': 'chunkUrl' },
    plugins: [textModule('drain-page-script', pageScript)],
    outdir: dist,
    write: false,
    metafile: true,
    logLevel: 'warning',
  });
  return {
    chunks: await Promise.all(
      outputFiles.map((file) => toChunk(file, { isForeign: isForeign(metafile, file) })),
    ),
    inputs: Object.keys(metafile.inputs),
  };
}

/** A module whose default is a text that was made by another build. */
function textModule(name, contents) {
  const setup = ({ onResolve, onLoad }) => {
    onResolve({ filter: new RegExp(`^${name}$`) }, ({ path }) => ({ path, namespace: name }));
    onLoad({ filter: /.*/, namespace: name }, () => ({ contents, loader: 'text' }));
  };
  return { name, setup };
}

/** Whether nearly all of a chunk is other people's code, which is in none of our stack traces. */
function isForeign({ outputs }, { path }) {
  const { inputs } = outputs[relative(root, path)];
  const all = Object.entries(inputs);
  const sum = (parts) => parts.reduce((bytes, [, { bytesInOutput }]) => bytes + bytesInOutput, 0);
  return sum(all.filter(([file]) => file.startsWith('node_modules/'))) > 0.9 * sum(all);
}

/** As a function of what bin/chunks.js hands in: V8 keeps no code for modules, only for scripts. */
async function toChunk({ path, text }, { isForeign }) {
  const name = basename(path);
  const { code, map } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    supported: { 'dynamic-import': false },
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: isForeign,
    sourcemap: 'external',
    sourcefile: name,
    logLevel: 'warning',
    // In a package among those of the Kubernetes client: it is not ours to mend.
    logOverride: { 'equals-negative-zero': 'silent' },
  });
  const heading = '(function(exports,require,module,chunkUrl){';
  const link = `//# sourceMappingURL=maps/${name}.map`;
  return { name, text: `${heading}\n${code}\n})\n${link}\n`, map: withLinesBefore(1, map) };
}

/** `map`, for a text that has got so many lines before its own. */
function withLinesBefore(lines, map) {
  const { mappings, ...rest } = JSON.parse(map);
  return JSON.stringify({ ...rest, mappings: ';'.repeat(lines) + mappings });
}

/** Adds the code of what most commands call, made by a process that has called it. */
async function cacheCode(beside, chunks) {
  // Not on this terminal: its commands would ask there whether to begin, and wait for an answer.
  execFileSync(process.execPath, [join(root, 'build/cache-code.js'), beside]);
  return chunks.map((chunk) => {
    const file = join(beside, `${chunk.name}.cache`);
    return existsSync(file) ? { ...chunk, cache: readFileSync(file) } : chunk;
  });
}

/** For `node --enable-source-maps`, in a clone: no package has them. */
async function keepMaps(beside, chunks) {
  const maps = join(dist, 'maps');
  const fresh = join(beside, 'maps');
  await mkdir(fresh);
  await Promise.all(chunks.map(({ name, map }) => writeFile(join(fresh, `${name}.map`), map)));
  await rm(maps, { recursive: true, force: true });
  await rename(fresh, maps);
}
