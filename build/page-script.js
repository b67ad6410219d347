import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Builds the script of the page of `drain serve`; `inputs` are the files that it was made of. */
export async function buildPageScript() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/serve/page/main.tsx'],
    bundle: true,
    minify: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    tsconfig: 'tsconfig.page.json',
    write: false,
    metafile: true,
    logLevel: 'warning',
  });
  return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
}
