import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The image of packaging/Containerfile, built as on a machine that has no registry: its base is made by
 * mmdebstrap. Two minutes and buildah, so only where somebody asks for it.
 */
describe.runIf(process.env.DRAIN_IMAGE === '1')('the container image', () => {
  let folder: string;
  let container: string;
  const buildah = (...words: readonly string[]) =>
    execa('buildah', [
      ...['--root', join(folder, 'root'), '--runroot', join(folder, 'run')],
      ...['--storage-driver', 'vfs', ...words],
    ]);
  const inside = (...words: readonly string[]) => [
    ...['run', '--isolation', 'chroot', container, '--', ...words],
  ];
  const sh = async (script: string) =>
    (await buildah(...inside('sh', '-c', `(${script}) 2>&1; echo exit code $?`))).stdout;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'drain-image-'));
    const base = join(folder, 'base.tar');
    await execa('mmdebstrap', ['--quiet', '--variant=minbase', 'trixie', base]);
    const { stdout: scratch } = await buildah('from', 'scratch');
    await buildah('add', '-q', scratch, base, '/');
    await buildah('commit', '-q', '--rm', scratch, 'docker.io/library/debian:trixie-slim');
    const out = join(folder, 'packages');
    await execa(process.execPath, ['packaging/package.js', '--out', out, 'deb'], { cwd: root });
    await buildah(
      ...['bud', '--isolation', 'chroot', '--pull-never', '-q', '-t', 'drain'],
      ...['-f', join(root, 'packaging/Containerfile'), folder],
    );
    container = (await buildah('from', '--pull-never', 'localhost/drain')).stdout;
  }, 900_000);
  afterAll(async () => {
    if (container) await buildah('rm', container);
    await rm(folder, { recursive: true, force: true });
  });

  it('is drain with its tools, and serves where nobody says otherwise', async () => {
    const { version } = JSON.parse((await execa('cat', ['package.json'], { cwd: root })).stdout);
    expect(await sh('/usr/bin/drain --version')).toBe(`${version}\nexit code 0`);
    expect(await sh('ssh -V')).toMatch(/^OpenSSH/);
    expect(await sh('drain plan --director sim --from 10.0.0.1 --to 10.0.0.2')).toContain(
      '20 steps over 5m',
    );
    const { stdout } = await buildah(
      ...['inspect', '--type', 'image', '--format', '{{.OCIv1.Config.Entrypoint}}'],
      'localhost/drain',
    );
    expect(stdout).toContain('[/usr/bin/drain]');
  });

  it('serves pages and metrics until it is told to end', async () => {
    const listen = '127.0.0.1:19815';
    const serve = `drain serve --director sim --listen ${listen} & read _; kill $!; wait $!`;
    const running = buildah(...inside('sh', '-c', `${serve}; echo exit code $?`));
    await eventually(async () =>
      expect(await (await fetch(`http://${listen}/healthz`)).text()).toBe('ok\n'),
    );
    expect(await (await fetch(`http://${listen}/metrics`)).text()).toContain('drain_up 1');
    running.stdin?.end('\n');
    expect((await running).stdout).toContain('exit code 143');
  });

  it('guards and drives for a cluster, and says what is missing', async () => {
    const guard = 'services:\n  - { service: tcp/10.0.0.100:80, check: tcp }\n';
    await sh(`printf '${guard.replaceAll('\n', '\\n')}' >/etc/drain/guard.yaml`);
    expect(await sh('drain guard /etc/drain/guard.yaml --once')).toMatch(
      /CAP_NET_ADMIN[^\n]*\nexit code 3$/,
    );
    expect(await sh('drain kube manifests')).toMatch(/kind: Deployment[\s\S]*exit code 0$/);
  });
});
