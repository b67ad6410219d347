import { commandsPage } from './commands-page.ts';
import { environmentPage } from './environment-page.ts';
import { eventsPage } from './events-page.ts';
import { filesPage } from './files-page.ts';
import type { MadePage } from './markdown.ts';
import { metricsPage } from './metrics-page.ts';
import { optionsPage } from './options-page.ts';
import { exitCodesPage, statesTable } from './ways-out.ts';

/** Pages that are made as a whole, from the tables, schemas and types of the command. */
export const referencePages = (root: string): readonly MadePage[] =>
  Object.entries({
    commands: commandsPage(),
    options: optionsPage(),
    files: filesPage(),
    events: eventsPage(root),
    metrics: metricsPage(),
    'exit-codes': exitCodesPage(),
    environment: environmentPage(),
  }).map(([name, text]) => ({ path: `docs/reference/${name}.md`, text }));

/** Tables that stand in pages which people write, between `<!-- made: NAME -->` and `<!-- end -->`. */
const parts: Readonly<Record<string, () => readonly string[]>> = {
  states: statesTable,
};

/** A page with each part in it made anew. */
export const withParts = (text: string): string =>
  text.replace(
    /(<!-- made: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (whole, begin: string, name: string, end: string) => {
      const make = parts[name];
      return make ? `${begin}${make().join('\n')}${end}` : whole;
    },
  );
