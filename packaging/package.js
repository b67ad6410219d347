import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildDeb } from './deb.js';
import { buildExecutable } from './executable.js';
import { manifest, root } from './facts.js';
import { buildNpm } from './npm.js';
import { buildRpm } from './rpm.js';
import { writeSbom } from './sbom.js';

/**
 * `npm run package`: all packages of this version for this machine's kind, in packages/ (or --out DIR), with a
 * bill of materials and checksums. `npm run package -- npm deb` makes only those. What a package needs that is not here is
 * said in a line, and with exit code 1.
 */
const builders = { npm: buildNpm, executable: buildExecutable, deb: buildDeb, rpm: buildRpm };

const { values, positionals } = parseArgs({
  options: { out: { type: 'string', default: join(root, 'packages') } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !(name in builders));
if (unknown.length > 0) {
  const known = Object.keys(builders).join(', ');
  console.error(`package: there is no ${unknown.join(', ')}; there are ${known}`);
  process.exit(2);
}
const out = resolve(values.out);

// Folders of a package are read by everybody, whatever the mask of whoever builds it.
process.umask(0o022);
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const name of positionals.length > 0 ? positionals : Object.keys(builders)) {
  try {
    console.log(join(values.out, await builders[name](out)));
  } catch (error) {
    console.error(`package: ${name} is left out: ${error.message}`);
    process.exitCode = 1;
  }
}
writeSbom(join(out, `drain-${manifest.version}.cdx.json`));
writeChecksums();

/** As `sha256sum -c` reads them. */
function writeChecksums() {
  const lines = readdirSync(out)
    .sort()
    .map((name) => {
      const digest = createHash('sha256')
        .update(readFileSync(join(out, name)))
        .digest('hex');
      return `${digest}  ${name}\n`;
    });
  writeFileSync(join(out, 'SHA256SUMS'), lines.join(''));
}
