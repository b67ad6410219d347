import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../../src/api/openapi/document.ts';
import { referencePages, withParts } from './reference.ts';

/** `npm run docs`: the reference, the document of the API, and the tables in other pages, from what the command itself reads. */
const root = fileURLToPath(new URL('../../', import.meta.url));

for (const { path, text } of referencePages(root)) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
for (const file of readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))) {
  const path = join(root, 'docs', file);
  writeFileSync(path, withParts(readFileSync(path, 'utf8')));
}

const document = `${JSON.stringify(openApiDocument(), undefined, 2)}\n`;
writeFileSync(join(root, 'schemas', 'openapi.json'), document);
