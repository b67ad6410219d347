import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chunks, manifest, root, run } from './facts.js';
import { manPages } from './man-pages.js';
import { thirdPartyNotices } from './notices.js';

/** The name `drain` is somebody else's. */
const name = '@drain-ipvs/drain';

/** Writes each JSON file of a folder anew without blanks, which are two thirds of a schema; editors read both. */
function withoutBlanks(folder) {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(JSON.parse(readFileSync(file, 'utf8'))));
  }
}

/** A tarball for `npm install -g FILE`, which downloads nothing: all that it needs is bundled. */
export async function buildNpm(out) {
  const stage = mkdtempSync(join(tmpdir(), 'drain-npm-'));
  try {
    for (const part of [
      'bin',
      'plans',
      'schemas',
      'monitoring',
      'docs',
      'README.md',
      'SECURITY.md',
      'CHANGELOG.md',
      'LICENSE',
    ]) {
      cpSync(join(root, part), join(stage, part), { recursive: true });
    }
    // A running server hands it out; the others are for editors.
    rmSync(join(stage, 'schemas/openapi.json'));
    withoutBlanks(join(stage, 'schemas'));
    cpSync(chunks, join(stage, 'dist/drain.chunks'));
    writeFileSync(join(stage, 'THIRD-PARTY-NOTICES'), thirdPartyNotices());
    mkdirSync(join(stage, 'man'));
    const pages = await manPages();
    for (const { file, text } of pages) writeFileSync(join(stage, 'man', file), text);
    const man = pages.map(({ file }) => `man/${file}`);
    const { version, description, license, bin, engines } = manifest;
    const own = { name, version, description, license, os: ['linux'], bin, man, engines };
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify(own, undefined, 2)}\n`);
    run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', out], {
      cwd: stage,
    });
    return `${name.slice(1).replace('/', '-')}-${version}.tgz`;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}
