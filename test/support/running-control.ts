import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunningServe, startServe } from './running-serve.ts';

/** Tokens of a test by what they are called; each is its name with a tail that makes it long enough. */
export const tokenOf = (name: string): string => `${name}-0123456789abcdef`;

/** A tokens file of the form that the server wants: `more` is what stands beside name and digest. */
export async function writeTokens(
  folder: string,
  tokens: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): Promise<string> {
  const file = join(folder, 'tokens.yaml');
  const entries = Object.entries(tokens).map(([name, more]) => ({
    name,
    sha256: createHash('sha256').update(tokenOf(name)).digest('hex'),
    ...more,
  }));
  await writeFile(file, JSON.stringify({ tokens: entries }), { mode: 0o600 });
  return file;
}

export interface RunningControl extends RunningServe {
  /** Asks as the token of that name. */
  ask(path: string, init?: RequestInit & { readonly as?: string }): Promise<Response>;
  /** The same, for the JSON of the answer. */
  json(path: string, init?: RequestInit & { readonly as?: string }): Promise<Asked>;
}

export interface Asked {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: whatever an answer holds is looked at by its test.
  readonly body: any;
}

/** The built `drain serve --control`; requests are those of the token `ci` unless told otherwise. */
export async function startControl(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningControl> {
  const serve = await startServe(['--control', ...args], env);
  const ask: RunningControl['ask'] = (path, { as = 'ci', ...init } = {}) =>
    fetch(serve.url + path, {
      ...init,
      headers: {
        ...(as === '' ? {} : { Authorization: `Bearer ${tokenOf(as)}` }),
        ...(init.body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...init.headers,
      },
    });
  return {
    ...serve,
    ask,
    async json(path, init) {
      const response = await ask(path, init);
      return { status: response.status, body: await response.json() };
    },
  };
}
