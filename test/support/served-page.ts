import { listen } from '../../src/serve/http/http-server.ts';
import { route } from '../../src/serve/http/routes.ts';
import { createPageReader } from '../../src/serve/page.ts';
import type { View } from '../../src/serve/view/view.ts';

const { buildPageScript } = await import(
  `${new URL('../../build/page-script.js', import.meta.url)}`
);
/** As `npm run build` makes it. */
export const loadPageScript = async (): Promise<string> => (await buildPageScript()).text;

export interface ServedPage {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** The live page and its data as `drain serve` gives them, of views that a test makes. */
export async function servePage(
  readView: () => View | Promise<View>,
  { token, port = 0 }: { readonly token?: string; readonly port?: number } = {},
): Promise<ServedPage> {
  const listening = await listen({
    host: '127.0.0.1',
    port,
    ...(token === undefined ? {} : { token }),
    answer: (path) =>
      route(path, {
        version: '0.1.0',
        readPage: createPageReader(loadPageScript),
        readView: async () => readView(),
        writeMetrics: async () => ({ type: 'text/plain', text: '' }),
      }),
  });
  if (!listening.ok) throw new Error(listening.failure.what);
  const { url, close } = listening.value;
  return { url, close };
}
