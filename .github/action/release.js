// Says beside a build what it was made of, so that the action of a tag builds nothing: for the release.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { digestOf, releaseFile } from './sources.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = digestOf(root);
writeFileSync(join(root, 'dist', releaseFile), `${JSON.stringify({ sources })}\n`);
