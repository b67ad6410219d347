import { fileURLToPath } from 'node:url';

/** A simulated director without clients, as `--director` has it: opened in a tenth of the usual one's time. */
export const quietDirector = `sim:${fileURLToPath(new URL('quiet-director.yaml', import.meta.url))}`;
