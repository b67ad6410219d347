import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine } from './executable.js';
import { manifest, run, sourceDate } from './facts.js';
import { configFiles, description, endUnits, makeUser, tellSystemd, tree } from './tree.js';

/** A package for Fedora, RHEL 9 and those like them, which needs no Node. */
export async function buildRpm(out) {
  const stage = mkdtempSync(join(tmpdir(), 'drain-rpm-'));
  try {
    const spec = join(stage, 'drain.spec');
    writeFileSync(spec, specText(await tree()));
    run('rpmbuild', ['-bb', '--quiet', '--define', `_topdir ${stage}/rpm`, spec], {
      from: 'rpm',
      env: { SOURCE_DATE_EPOCH: `${sourceDate()}` },
    });
    const made = join(stage, 'rpm/RPMS', machine);
    const [file] = readdirSync(made);
    cpSync(join(made, file), join(out, file));
    return file;
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
}

const [summary, ...details] = description.split('\n');

// The executable carries its application behind what a strip would keep.
const specText = (files) => `Name: drain
Version: ${manifest.version}
Release: 1
Summary: ${summary}
License: ${manifest.license}
Recommends: ipvsadm
Requires(pre): shadow-utils
%define __strip /bin/true
%define debug_package %{nil}
%define _build_id_links none
%define __os_install_post %{nil}
%define _binary_payload w3.zstdio

%description
${details.map((line) => line.trim()).join('\n')}

%install
cp -a ${files}/. %{buildroot}/

%pre
${makeUser}

%post
${tellSystemd}

%preun
if [ "$1" = 0 ]; then
${endUnits}
fi

%postun
${tellSystemd}

%files
%defattr(-,root,root)
/usr/lib/drain
/usr/bin/drain
/usr/lib/systemd/system/*
/usr/share/doc/drain
/usr/share/man/man1/*
/usr/share/bash-completion/completions/drain
/usr/share/zsh/site-functions/_drain
/usr/share/fish/vendor_completions.d/drain.fish
%dir /etc/drain
${configFiles.map((file) => `%config(noreplace) ${file}`).join('\n')}
`;
