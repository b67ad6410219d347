import { copyFile, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { execa } from 'execa';
import { librariesIn, type Unpacking, unpacked } from '../../debian-packages.ts';

/** What a Docker engine inside the lab is made of, and an image for it, as no registry is reached from there. */
export interface DockerKit {
  /** Holds `usr/…`, laid over the lab's /usr. */
  readonly root: string;
  /** The root of a container with nginx, as a tar; see `docker import`. */
  readonly image: string;
}

/** Debian's Docker with the libraries that its programs are linked with, but no init of its own and no perl. */
const enginePackages: Unpacking = {
  names: [
    ...['docker.io', 'containerd', 'runc', 'iptables'],
    ...[
      'libdevmapper1.02.1',
      'libseccomp2',
      'libsystemd0',
      'libudev1',
      'libselinux1',
      'libpcre2-8-0',
    ],
    ...['libip4tc2', 'libip6tc2', 'libxtables12', 'libmnl0', 'libnftnl11'],
    ...['libnetfilter-conntrack3', 'libnfnetlink0'],
    ...['libcap2', 'libgcrypt20', 'libgpg-error0', 'liblz4-1', 'liblzma5', 'libzstd1'],
  ],
  finish: { recipe: 'iptables is the legacy one', run: useLegacyTables },
};

/** nginx answers with the address of its container, from which clients know who it was. */
const nginxConfiguration = `user root;
pid /run/nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  server {
    listen 80;
    default_type text/plain;
    location / { return 200 "$server_addr\\n"; }
  }
}
`;

const imagePackages: Unpacking = {
  names: ['nginx', 'nginx-common', 'libpcre2-8-0', 'libssl3', 'zlib1g', 'libcrypt1'],
  finish: { recipe: nginxConfiguration, run: makeImage },
};

/** Finds the kit in the folder of the lab's, or fetches it: 70 MB once. Rejects where it cannot be had. */
export async function dockerKit(): Promise<DockerKit> {
  const root = await unpacked(enginePackages);
  const image = join(await unpacked(imagePackages), imageFile);
  return { root, image };
}

const imageFile = 'nginx.tar';

/** The lab's kernel has no nftables of any family. */
async function useLegacyTables(root: string): Promise<void> {
  for (const name of ['iptables', 'iptables-save', 'iptables-restore', 'ip6tables']) {
    const link = join(root, 'usr/sbin', name);
    await rm(link, { force: true });
    await symlink('xtables-legacy-multi', link);
  }
}

/** Writes the tar: nginx, what it is linked with, and the few files that it reads. */
async function makeImage(root: string): Promise<void> {
  const image = join(root, 'image');
  const put = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(join(image, to)), { recursive: true });
    await copyFile(from, join(image, to));
  };
  const program = join(root, 'usr/sbin/nginx');
  await put(program, 'usr/sbin/nginx');
  const { stdout } = await execa('ldd', [program], { env: { LD_LIBRARY_PATH: librariesIn(root) } });
  for (const [, file = ''] of stdout.matchAll(/(\/\S+) \(0x/g)) {
    await put(
      file,
      file.includes('ld-linux') ? file : join('lib/x86_64-linux-gnu', basename(file)),
    );
  }
  for (const [name, text] of Object.entries({
    'etc/nginx/nginx.conf': nginxConfiguration,
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
    'etc/group': 'root:x:0:\n',
  })) {
    await mkdir(dirname(join(image, name)), { recursive: true });
    await writeFile(join(image, name), text);
  }
  for (const folder of ['run', 'tmp', 'var/lib/nginx', 'var/log/nginx']) {
    await mkdir(join(image, folder), { recursive: true });
  }
  await execa('tar', ['-C', image, '--owner=0', '--group=0', '-cf', join(root, imageFile), '.']);
  for (const name of ['image', 'usr']) await rm(join(root, name), { recursive: true });
}
