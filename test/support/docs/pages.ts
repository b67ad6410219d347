import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A page that people read, with its path in the repository. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** A fenced block of a page. */
export interface Block {
  readonly page: string;
  /** The line of the fence, from 1. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
}

const atTop = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md'];

const under = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `${folder}/${file}`)
    .toSorted();

/** Every page for users and for those who change drain. */
export const pages: readonly Page[] = [...atTop, ...under('docs')].map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}));

const fence = /^```(\S*)\n([\s\S]*?)^```$/gm;

export const blocksOf = ({ path, text }: Page): readonly Block[] =>
  [...text.matchAll(fence)].map((match) => ({
    page: path,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    text: match[2] ?? '',
  }));

export const blocks: readonly Block[] = pages.flatMap(blocksOf);

/** The text of a page without its fenced blocks. */
export const proseOf = ({ text }: Page): string => text.replace(fence, '');

/** What stands between backticks in the prose of a page, each in one line. */
export const inlineCodeOf = (page: Page): readonly string[] =>
  [...proseOf(page).matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replace(/\s+/g, ' '));

export const isThere = (path: string): boolean => existsSync(join(root, path));
