import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundled, root } from './facts.js';

/** The licenses of all that is bundled, as their authors ask for; a text of several stands there once. */
export function thirdPartyNotices() {
  /** @type {Map<string, { terms: string, owners: string[] }>} */
  const byTerms = new Map();
  for (const { name, version, license, folder } of bundled()) {
    const title = `${name} ${version} (${license})`;
    const texts = readdirSync(join(root, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile() && /^(licen[cs]e|notice|copying)/i.test(entry.name))
      .map((entry) => readFileSync(join(root, folder, entry.name), 'utf8').trim());
    for (const text of texts.length > 0 ? texts : ['']) {
      const { notice, terms } = partsOf(text);
      const key = terms.replace(/\s+/g, ' ');
      const known = byTerms.get(key) ?? { terms, owners: [] };
      known.owners.push([title, notice].filter((part) => part !== '').join('\n\n'));
      byTerms.set(key, known);
    }
  }
  const parts = [...byTerms.values()].map(({ terms, owners }) =>
    [...owners, terms].filter((part) => part !== '').join('\n\n'),
  );
  return `drain has these packages in it, each group of them under the terms below it.\n\n${parts.join(
    `\n\n${'-'.repeat(80)}\n\n`,
  )}\n`;
}

/** Whose it is, which differs from package to package, and the terms, which are the same words in many. */
function partsOf(text) {
  const at = text.search(/^Permission (is hereby granted|to use)/m);
  return at > 0
    ? { notice: text.slice(0, at).trim(), terms: text.slice(at) }
    : { notice: '', terms: text };
}
