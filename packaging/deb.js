import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manifest, run, sourceDate } from './facts.js';
import { configFiles, description, endUnits, makeUser, tellSystemd, tree } from './tree.js';

/** A package for Debian 12 and later and Ubuntu 22.04 and later, which needs no Node. */
export async function buildDeb(out) {
  const stage = mkdtempSync(join(tmpdir(), 'drain-deb-'));
  try {
    const architecture = run('dpkg', ['--print-architecture'], { from: 'dpkg' }).trim();
    // Links to the same files: nothing is written to them.
    run('cp', ['-al', `${await tree()}/.`, stage]);
    const control = join(stage, 'DEBIAN');
    mkdirSync(control, { mode: 0o755 });
    writeFileSync(join(control, 'control'), controlText(architecture));
    writeFileSync(join(control, 'conffiles'), `${configFiles.join('\n')}\n`);
    const scripts = {
      postinst: `if [ "$1" = configure ]; then\n${makeUser}\n${tellSystemd}\nfi`,
      prerm: `if [ "$1" = remove ]; then\n${endUnits}\nfi`,
      postrm: tellSystemd,
    };
    for (const [name, script] of Object.entries(scripts)) {
      writeFileSync(join(control, name), `#!/bin/sh\nset -e\n${script}\n`, { mode: 0o755 });
    }
    const file = `drain_${manifest.version}_${architecture}.deb`;
    run('dpkg-deb', ['--root-owner-group', '-Zzstd', '--build', stage, join(out, file)], {
      from: 'dpkg',
      env: { SOURCE_DATE_EPOCH: `${sourceDate()}` },
    });
    return file;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

const controlText = (architecture) => `Package: drain
Version: ${manifest.version}
Architecture: ${architecture}
Maintainer: drain maintainers <maintainers@drain.invalid>
Section: net
Priority: optional
Depends: libc6 (>= 2.28), libstdc++6, passwd
Recommends: ipvsadm
Suggests: openssh-client
Description: ${description}
`;
