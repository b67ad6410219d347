import { fileURLToPath } from 'node:url';

/** The folder of package.json. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** The built command. */
export const drainJs = fileURLToPath(new URL('../bin/drain.js', import.meta.url));
