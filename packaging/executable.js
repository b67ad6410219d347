import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { inject } from 'postject';
import { chunks, manifest, root, run } from './facts.js';

/** The mark in every Node that says where an application is put in (nodejs.org, single executables). */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

const architectures = { x64: 'x86_64', arm64: 'aarch64' };
export const machine = architectures[process.arch] ?? process.arch;

/** One file that needs no Node: this machine's own, with drain in it. */
export async function buildExecutable(out) {
  const file = `drain-${manifest.version}-linux-${machine}`;
  cpSync(await executable(), join(out, file));
  return file;
}

let made;
/** The executable, made once for all packages that have it; gone when this process ends. */
export function executable() {
  made ??= make();
  return made;
}

async function make() {
  const stage = mkdtempSync(join(tmpdir(), 'drain-executable-'));
  process.on('exit', () => rmSync(stage, { recursive: true, force: true }));
  const main = join(stage, 'main.js');
  await build({
    entryPoints: [join(root, 'packaging/executable-main.cjs')],
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    outfile: main,
    logLevel: 'warning',
  });
  const blob = join(stage, 'drain.blob');
  const config = join(stage, 'config.json');
  const assets = { 'drain.chunks': chunks };
  writeFileSync(
    config,
    JSON.stringify({ main, output: blob, disableExperimentalSEAWarning: true, assets }),
  );
  run(process.execPath, ['--experimental-sea-config', config]);
  const file = join(stage, 'drain');
  cpSync(process.execPath, file, { dereference: true });
  chmodSync(file, 0o755);
  await quietly(() => inject(file, 'NODE_SEA_BLOB', readFileSync(blob), { sentinelFuse: fuse }));
  return file;
}

/** Without the warnings that postject has of Node's own notes, one for each. */
async function quietly(work) {
  const { warn } = console;
  console.warn = () => {};
  try {
    return await work();
  } finally {
    console.warn = warn;
  }
}
