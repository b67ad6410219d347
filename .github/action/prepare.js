// Builds drain where this clone has no build that is newer than its sources. A build is kept in the
// runner's tool cache, by its sources and Node: a self-hosted runner clones an action anew for each job.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf, releaseFile, sourcesIn } from './sources.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = join(root, 'dist', 'drain.chunks');

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  refuse(`Node ${process.versions.node} is too old: 20.19 or newer is needed (actions/setup-node)`);
} else if (!isBuilt()) {
  const kept = keptBuild();
  if (kept && existsSync(join(kept, 'drain.chunks'))) {
    copy(kept, join(root, 'dist'));
    console.log('drain: built before, from these sources');
  } else if (build() && kept) {
    copy(join(root, 'dist'), kept);
  }
}

/** A released build says what it was made of; for any other it is as make(1) sees it. */
function isBuilt() {
  if (!existsSync(built)) return false;
  if (isReleased()) return true;
  const builtMs = statSync(built).mtimeMs;
  // Folders count as well, for a file that has gone.
  return sourcesIn(root).every((file) => statSync(file).mtimeMs <= builtMs);
}

function isReleased() {
  const file = join(root, 'dist', releaseFile);
  if (!existsSync(file)) return false;
  return JSON.parse(readFileSync(file, 'utf8')).sources === digestOf(root);
}

function keptBuild() {
  const cache = process.env.RUNNER_TOOL_CACHE;
  if (!cache) return undefined;
  // Another Node would compile anew what this one has compiled, at every start.
  return join(cache, 'drain', digestOf(root, process.version).slice(0, 24));
}

function build() {
  // What is installed sees no secret of the step, and runs no script of its own.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('DRAIN_')),
  );
  const steps = [
    ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--include=dev'],
    ['run', 'build'],
  ];
  console.log('::group::Build drain');
  const failed = steps.find(
    (args) => spawnSync('npm', args, { cwd: root, env, stdio: 'inherit' }).status !== 0,
  );
  console.log('::endgroup::');
  if (failed) refuse(`npm ${failed[0]} failed in ${root}`);
  return !failed;
}

/** Whole or not at all: another job may be looking. */
function copy(from, to) {
  const half = `${to}.${process.pid}`;
  try {
    cpSync(from, half, { recursive: true });
    rmSync(to, { recursive: true, force: true });
    renameSync(half, to);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (to === join(root, 'dist')) throw error;
    // The other job was quicker, or the cache is full: the build is here all the same.
    console.log(`drain: the build was not kept: ${error.message}`);
  }
}

function refuse(message) {
  console.log(`::error title=drain::${message}`);
  process.exitCode = 3;
}
