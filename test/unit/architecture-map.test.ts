import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

it('every file and folder that ARCHITECTURE.md names is there', () => {
  const text = readFileSync(`${root}ARCHITECTURE.md`, 'utf8');
  const named = [...text.matchAll(/`((?:src|test)\/[^`]+)`/g)].map(([, file]) => file ?? '');
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((file) => !existsSync(root + file))).toEqual([]);
});
