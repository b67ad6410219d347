import { execFileSync } from 'node:child_process';
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { isUpToDate, markUpToDate } from './stamp.js';

/**
 * `node build/build.js`: the command and the page of `drain serve`, from src to dist. An installation,
 * a test run and a bench all begin with it, so it does nothing where nothing has changed since.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');

// As new as if it had been made now, for those who compare its time with that of the sources.
if (isUpToDate(root, dist)) await utimes(join(dist, 'main.js'), new Date(), new Date());
else await buildAll();

async function buildAll() {
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist);
  await Promise.all([buildCommand(), buildPage()]);
  // Not on this terminal: its commands would ask there whether to begin, and wait for an answer.
  execFileSync(process.execPath, [join(root, 'build/cache-code.js')]);
  markUpToDate(root, dist);
}

/** A chunk for what is loaded together, so that a command reads no more than it needs. */
async function buildCommand() {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src/main.ts')],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'inline',
    define: { 'import.meta.url': 'chunkUrl' },
    outdir: dist,
    write: false,
    logLevel: 'warning',
  });
  await Promise.all(outputFiles.map(writeChunk));
}

/** As a function of what bin/chunks.js hands in: V8 keeps no code for modules, only for scripts. */
async function writeChunk({ path, text }) {
  const { code, map } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    supported: { 'dynamic-import': false },
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: 'external',
    sourcefile: basename(path),
    logLevel: 'warning',
  });
  const heading = '(function(exports,require,module,chunkUrl){';
  const link = `//# sourceMappingURL=${basename(path)}.map`;
  await writeFile(path, `${heading}\n${code}\n})\n${link}\n`);
  await writeFile(`${path}.map`, withLinesBefore(1, map));
}

/** `map`, for a text that has got so many lines before its own. */
function withLinesBefore(lines, map) {
  const { mappings, ...rest } = JSON.parse(map);
  return JSON.stringify({ ...rest, mappings: ';'.repeat(lines) + mappings });
}

async function buildPage() {
  await build({
    entryPoints: [join(root, 'src/serve/page/main.tsx')],
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    tsconfig: join(root, 'tsconfig.page.json'),
    outfile: join(dist, 'page/live.js'),
    logLevel: 'warning',
  });
}
