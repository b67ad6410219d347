import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundled, root } from './facts.js';

/** The licenses of all that is bundled, as their authors ask for. */
export function thirdPartyNotices() {
  const parts = bundled().map(({ name, version, license, folder }) => {
    const texts = readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && /^(licen[cs]e|notice|copying)/i.test(entry.name))
      .map((entry) => readFileSync(join(root, folder, entry.name), 'utf8').trim());
    return [`${name} ${version} (${license})`, ...texts].join('\n\n');
  });
  return `drain has these packages in it.\n\n${parts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}
