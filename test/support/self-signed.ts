import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface SelfSigned {
  readonly key: string;
  readonly cert: string;
}

/** A certificate by openssl(1) for a name and 127.0.0.1, or one that expired yesterday. */
export async function selfSigned(name: string, expired = false): Promise<SelfSigned> {
  const folder = await mkdtemp(join(tmpdir(), 'drain-certificate-'));
  const file = (kind: string): string => join(folder, kind);
  const openssl = (...args: readonly string[]) => execa('openssl', args, { stdin: 'ignore' });
  const days = expired ? '-1' : '2';
  try {
    await openssl(
      ...['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name},IP:127.0.0.1`],
      ...['-keyout', file('key'), '-out', file('request')],
    );
    await openssl(
      ...['x509', '-req', '-in', file('request'), '-copy_extensions', 'copyall'],
      ...['-signkey', file('key'), '-days', days, '-out', file('cert')],
    );
    return { key: await readFile(file('key'), 'utf8'), cert: await readFile(file('cert'), 'utf8') };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
