import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { bundledPackages } from './bundled-packages.js';
import { writePack } from './pack.js';
import { buildPageScript } from './page-script.js';
import { scriptsOf } from './scripts.js';
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
    const scripts = scriptsOf(chunks, loadedTogether(beside, chunks));
    const cached = cacheCode(beside, scripts);
    await keepMaps(beside, scripts);
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
    // Node has its own; that package asks for a module of Node's which warns on stderr from Node 21 on.
    alias: { 'whatwg-url': join(root, 'build/node-url.js') },
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
  return { name, text: `${heading}\n${code}\n})`, map: withLinesBefore(1, JSON.parse(map)) };
}

/** `map`, for a text that has got so many lines before its own. */
function withLinesBefore(lines, { mappings, ...rest }) {
  return { ...rest, mappings: ';'.repeat(lines) + mappings };
}

/** The chunks that each of what most commands do loads first, as a process does it. */
function loadedTogether(beside, chunks) {
  warmUp(beside, scriptsOf(chunks, []));
  return JSON.parse(readFileSync(join(beside, 'loaded.json'), 'utf8'));
}

/** Adds the code of what most commands call, made by a process that has called it. */
function cacheCode(beside, scripts) {
  warmUp(beside, scripts);
  return scripts.map((script) => {
    const file = join(beside, `${script.names[0]}.cache`);
    return existsSync(file) ? { ...script, cache: readFileSync(file) } : script;
  });
}

function warmUp(beside, scripts) {
  writePack(join(beside, 'drain.chunks'), scripts);
  // Not on this terminal: its commands would ask there whether to begin, and wait for an answer.
  execFileSync(process.execPath, [join(root, 'build/warm-up.js'), beside]);
}

/** For `node --enable-source-maps`, in a clone: no package has them. */
async function keepMaps(beside, scripts) {
  const maps = join(dist, 'maps');
  const fresh = join(beside, 'maps');
  await mkdir(fresh);
  await Promise.all(
    scripts.map(({ names, map }) => writeFile(join(fresh, `${names[0]}.map`), map)),
  );
  await rm(maps, { recursive: true, force: true });
  await rename(fresh, maps);
}
