import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Whatever a build reads; of the packages it is enough to know which are installed. */
const inputs = [
  'src',
  'bin',
  'build',
  'package.json',
  'tsconfig.json',
  'tsconfig.page.json',
  'node_modules/.package-lock.json',
];
const stampFile = 'build.json';

/** Tells whether `dist` is what a build of this source, with these packages and this Node, has left. */
export function isUpToDate(root, dist) {
  const file = join(dist, stampFile);
  return existsSync(file) && readFileSync(file, 'utf8') === stamp(root, dist);
}

/** Leaves the mark in `dist` that `isUpToDate` looks for. */
export function markUpToDate(root, dist) {
  writeFileSync(join(dist, stampFile), stamp(root, dist));
}

/** The code that V8 keeps beside a chunk is refused by another Node, so a build belongs to one. */
const stamp = (root, dist) =>
  JSON.stringify({
    node: [process.version, process.arch],
    inputs: digest(root, inputs),
    outputs: digest(
      dist,
      readdirSync(dist).filter((name) => name !== stampFile),
    ),
  });

function digest(folder, names) {
  const hash = createHash('sha256');
  for (const file of names.flatMap((name) => filesIn(join(folder, name))).sort()) {
    const content = readFileSync(file);
    hash.update(`${relative(folder, file)}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

function filesIn(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path).flatMap((name) => filesIn(join(path, name)));
}
