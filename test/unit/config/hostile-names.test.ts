import { describe, expect, it } from 'vitest';
import { resolveServers } from '../../../src/config/names/server-names.ts';
import { optionSpecs } from '../../../src/config/options/option-specs.ts';
import type { GivenOptions, OptionName } from '../../../src/config/options/options.ts';
import { readSettings } from '../../../src/config/settings/settings.ts';
import { serverKey } from '../../../src/domain/address.ts';
import { parseCommandWords } from '../../../src/domain/command-words.ts';
import type { Failure } from '../../../src/domain/failure.ts';
import { printable } from '../../../src/domain/printable.ts';
import { adviceText } from '../../../src/domain/rollout/rollout-status.ts';
import { restoreLine } from '../../../src/ipvs/ipvsadm-args.ts';
import { hostileText, hostileTexts } from '../../support/hostile-texts.ts';
import { realServer, snapshotOf, wrrService } from '../../support/tables.ts';

const texts = [...hostileTexts, ['all of it', hostileText], ['a NUL byte', '10.0.0.1\0']] as const;

const given = (options: Readonly<Record<string, string>>): GivenOptions =>
  new Map(
    Object.entries(options).map(
      ([name, value]) =>
        [
          name as OptionName,
          { values: [value], layer: 'command-line', where: `--${name}` },
        ] as const,
    ),
  );

function expectPrintable({ what, where = '', next = '' }: Failure): void {
  for (const said of [what, where, adviceText(next)]) expect(printable(said, 2_000)).toBe(said);
}

/** Options whose value is any text, checked by whoever opens what it names. */
const namesOfFiles: readonly string[] = [
  'ipvsadm',
  'state',
  'report',
  'config',
  'director',
  'from',
  'to',
  'gateCommand',
  'reason',
];

describe.each(optionSpecs.filter(({ kind }) => kind !== 'flag').map(({ name }) => name))(
  '--%s',
  (name) => {
    it.each(texts)('of %s is refused or kept as it is, and said harmlessly', (_, text) => {
      const read = readSettings(given({ from: '10.0.0.1', to: '10.0.0.2', [name]: text }));
      if (!read.ok) expectPrintable(read.failure);
      else expect(namesOfFiles).toContain(name);
    });
  },
);

describe('a server name', () => {
  const snapshot = snapshotOf([wrrService([realServer('10.0.0.1', 4)])]);
  const known = { names: new Map(), groups: new Map() };

  it.each(texts)(
    'of %s is asked of nobody unless it is a host name, and is no address',
    async (_, text) => {
      const asked: string[] = [];
      const lookUp = async (host: string) => {
        asked.push(host);
        return [];
      };
      const found = await resolveServers(text, known, { lookUp }, snapshot);
      if (found.ok) throw new Error('it was found');
      expectPrintable(found.failure);
      for (const host of asked) expect(host).toMatch(/^\w[\w.-]*$/);
    },
  );

  it.each(texts)('that the config gives as %s is as little of an address', async (_, text) => {
    const names = { names: new Map([['blue', text]]), groups: new Map([['web', [text]]]) };
    for (const name of ['blue', 'web']) {
      const found = await resolveServers(name, names, { lookUp: async () => [text] }, snapshot);
      if (found.ok) throw new Error('it was found');
      expectPrintable(found.failure);
    }
  });
});

describe('a line for ipvsadm', () => {
  it.each(texts)('is never made of a service that is %s', (_, text) => {
    const server = { ...realServer('10.0.0.1', 4), key: serverKey('10.0.0.1', 80) };
    for (const service of [text, `tcp/${text}`, `tcp/${text}:80`, `fwm/${text}`]) {
      expect(() =>
        restoreLine({ kind: 'set-weight', service: service as never, server }),
      ).toThrow();
    }
  });
});

describe('--ipvsadm', () => {
  it.each(texts)('of %s is words or refused', (_, text) => {
    const words = parseCommandWords(text);
    if (words.ok) expect(words.value.join('')).toBe(text.replace(/\s+/g, ''));
    else expectPrintable(words.failure);
  });
});
