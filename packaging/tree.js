import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { executable } from './executable.js';
import { root, run } from './facts.js';
import { manPages } from './man-pages.js';
import { thirdPartyNotices } from './notices.js';

const own = join(root, 'packaging/files');

const drainJs = join(root, 'bin/drain.js');

/** Where each shell looks, in Debian and Fedora. */
const completions = {
  bash: 'usr/share/bash-completion/completions/drain',
  zsh: 'usr/share/zsh/site-functions/_drain',
  fish: 'usr/share/fish/vendor_completions.d/drain.fish',
};

let laid;
/** The folder with the files of a package of a distribution, laid once for all of them; gone when this process ends. */
export function tree() {
  laid ??= lay();
  return laid;
}

async function lay() {
  const folder = mkdtempSync(join(tmpdir(), 'drain-tree-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  // As an installed root has it, whatever the mask of whoever builds.
  chmodSync(folder, 0o755);
  await layTree(folder);
  return folder;
}

/** The files under `folder` as under `/`; all of root, with usual modes. */
async function layTree(folder) {
  const at = (path) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    return join(folder, path);
  };
  const copy = (from, to, mode = 0o644) => {
    cpSync(from, at(to));
    chmodSync(at(to), mode);
  };
  copy(await executable(), 'usr/lib/drain/drain', 0o755);
  symlinkSync('../lib/drain/drain', at('usr/bin/drain'));
  for (const unit of readdirSync(join(own, 'systemd'))) {
    copy(join(own, 'systemd', unit), `usr/lib/systemd/system/${unit}`);
  }
  copy(join(own, 'drain.yaml'), 'etc/drain/drain.yaml');
  for (const [shell, path] of Object.entries(completions)) {
    writeFileSync(at(path), run(process.execPath, [drainJs, 'completion', shell]));
  }
  for (const { file, text } of await manPages()) {
    writeFileSync(at(`usr/share/man/man1/${file}.gz`), gzipSync(text, { level: 9 }));
  }
  const docs = 'usr/share/doc/drain';
  for (const page of ['README.md', 'SECURITY.md', 'LICENSE'])
    copy(join(root, page), `${docs}/${page}`);
  // The same bytes each time it is packed: gzipSync writes no time.
  writeFileSync(
    at(`${docs}/changelog.gz`),
    gzipSync(readFileSync(join(root, 'CHANGELOG.md')), { level: 9 }),
  );
  writeFileSync(at(`${docs}/THIRD-PARTY-NOTICES`), thirdPartyNotices());
  for (const part of ['plans', 'schemas', 'monitoring', 'docs']) {
    for (const entry of readdirSync(join(root, part), { recursive: true, withFileTypes: true })) {
      const path = relative(root, join(entry.parentPath, entry.name));
      if (entry.isFile()) copy(join(root, path), `${docs}/${path}`);
    }
  }
}

/** Files that an operator changes and an upgrade leaves alone. */
export const configFiles = ['/etc/drain/drain.yaml'];

/** Units that are told of a change, and are stopped when the package goes; an upgrade leaves them running. */
export const units = readdirSync(join(own, 'systemd'));

/** The user of `drain serve`, in a shell where useradd(8) is. */
export const makeUser =
  'getent passwd drain >/dev/null || useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin drain';

/** What systemd, where it runs, has to hear of units that came or went. */
export const tellSystemd =
  'if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi';

/** What ends when the package goes. */
export const endUnits = `if [ -d /run/systemd/system ]; then systemctl disable --now ${units.join(' ')} || true; fi`;

export const description =
  'connection draining and rollouts for IPVS (LVS) load balancers\n' +
  ' Moves new connections from one real server to another in steps, and takes the\n' +
  ' old one out of the table when its last connection has ended.';
