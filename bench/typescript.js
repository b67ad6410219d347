import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transform } from 'esbuild';

/**
 * `node --import ./bench/typescript.js FILE.ts`: every file is run as it stands, where it stands, so
 * that the lab finds the files beside its own. Node 20 cannot do that by itself.
 */
if (isMainThread) register(import.meta.url);

export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context);
  const text = await readFile(fileURLToPath(url), 'utf8');
  const { code } = await transform(text, { loader: 'ts', target: 'node20', sourcefile: url });
  return { format: 'module', source: code, shortCircuit: true };
}
