// The sources of a build: the action compares them with those that a released build was made of.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files and folders that a build is made of, in the order of their names. */
export function sourcesIn(root) {
  const inside = ['bin', 'build', 'src'].flatMap((folder) => [
    folder,
    ...readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
      join(folder, name),
    ),
  ]);
  return ['package.json', 'package-lock.json', ...inside].map((name) => join(root, name)).sort();
}

/** A digest of the contents; `salt` is what else a build depends on. */
export function digestOf(root, salt = '') {
  const hash = createHash('sha256').update(salt);
  for (const file of sourcesIn(root)) {
    if (!statSync(file).isFile()) continue;
    hash
      .update(`${file.slice(root.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/** The file beside a released build that says what it was made of. */
export const releaseFile = 'release.json';
