import fc from 'fast-check';
import { expect, it } from 'vitest';
import { serverKey } from '../../../src/domain/address.ts';
import { editFiles } from '../../../src/files/keepalived/edit.ts';
import { confServices, statementsOf, wordsOf } from '../../../src/files/keepalived/services.ts';
import { tokensOf } from '../../../src/files/keepalived/tokens.ts';
import { parseConf } from '../../../src/files/keepalived/tree.ts';
import {
  anyConfText,
  anyWrittenConf,
  type WrittenConf,
  type WrittenService,
} from '../../support/keepalived/conf-arbitraries.ts';

const path = '/etc/keepalived/keepalived.conf';

/** What a text says, read back. */
function said(text: string): readonly WrittenService[] {
  const conf = parseConf(text, 'main');
  expect(conf.faults).toEqual([]);
  return confServices(conf).map(({ key, servers }) => ({
    key: key ?? ('?' as never),
    servers: servers.map((server) => {
      const [weight] = statementsOf(conf, server.block, 'weight');
      return {
        key: server.key ?? ('?' as never),
        weight: weight && Number(wordsOf(conf, weight)[1]),
      };
    }),
  }));
}

/** A conf with one of its services and one of the servers there. */
const placed = fc
  .tuple(anyWrittenConf, fc.nat(), fc.nat())
  .map(([conf, a, b]): { conf: WrittenConf; s: number; r: number } => {
    const s = a % conf.services.length;
    return { conf, s, r: b % (conf.services[s]?.servers.length ?? 1) };
  });

function edited(text: string, edit: Parameters<typeof editFiles>[1][number]): string {
  const result = editFiles([{ path, conf: parseConf(text, 'main') }], [edit], 'main');
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value[0]?.conf.text ?? '';
}

/** What two texts have in common at both ends, and what lies between in each. */
function between(before: string, after: string): readonly [string, string] {
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++;
  let end = 0;
  while (
    end < Math.min(before.length, after.length) - start &&
    before[before.length - 1 - end] === after[after.length - 1 - end]
  )
    end++;
  return [before.slice(start, before.length - end), after.slice(start, after.length - end)];
}

const changed = (
  services: readonly WrittenService[],
  at: { readonly s: number },
  change: (servers: WrittenService['servers']) => WrittenService['servers'],
): readonly WrittenService[] =>
  services.map((service, index) =>
    index === at.s ? { ...service, servers: change(service.servers) } : service,
  );

it('the tokens of any text, joined, are that text, and each begins where the last one ends', () => {
  fc.assert(
    fc.property(anyConfText, fc.constantFrom('main', 'other', ''), (text, configId) => {
      const tokens = tokensOf(text, configId);
      expect(tokens.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
      for (const [index, { start, end }] of tokens.entries()) {
        expect(start).toBe(tokens[index - 1]?.end ?? 0);
        expect(end).toBeGreaterThan(start);
      }
      parseConf(text, configId);
    }),
    { numRuns: 2000 },
  );
});

it('what is written in any layout is read as it was meant', () => {
  fc.assert(
    fc.property(anyWrittenConf, ({ text, services }) => {
      expect(said(text)).toEqual(services);
    }),
    { numRuns: 500 },
  );
});

it('a weight that is set is the only thing that changes, in the text and in what it says', () => {
  fc.assert(
    fc.property(placed, fc.nat({ max: 5000 }), ({ conf, s, r }, weight) => {
      const service = conf.services[s];
      const server = service?.servers[r];
      if (!service || !server) throw new Error('none');
      const after = edited(conf.text, {
        kind: 'set-weight',
        service: service.key,
        server: server.key,
        weight,
      });
      expect(said(after)).toEqual(
        changed(conf.services, { s }, (servers) =>
          servers.map((one, index) => (index === r ? { ...one, weight } : one)),
        ),
      );
      const [was, is] = between(conf.text, after);
      if (server.weight !== undefined) {
        expect(was).toMatch(/^\d*$/);
        expect(is).toMatch(/^\d*$/);
      } else {
        expect(was.trim()).toBe('');
        expect(is.replaceAll(/\s/g, '')).toContain(`${weight}`);
      }
    }),
    { numRuns: 1000 },
  );
});

it('a server that is put in is there beside the others; taken out again, the text is as before', () => {
  fc.assert(
    fc.property(placed, fc.nat({ max: 5000 }), ({ conf, s, r }, weight) => {
      const service = conf.services[s];
      const like = service?.servers[r];
      if (!service || !like) throw new Error('none');
      const server = serverKey('10.9.9.9', 1234);
      const of = { service: service.key, server };
      const after = edited(conf.text, { kind: 'insert-server', ...of, weight, like: like.key });
      expect(said(after)).toEqual(
        changed(conf.services, { s }, (servers) =>
          servers.toSpliced(r + 1, 0, { key: server, weight }),
        ),
      );
      expect(edited(after, { kind: 'remove-server', ...of })).toBe(conf.text);
    }),
    { numRuns: 1000 },
  );
});

it('a server that is taken out is gone, and all else says what it said', () => {
  fc.assert(
    fc.property(placed, ({ conf, s, r }) => {
      const service = conf.services[s];
      const server = service?.servers[r];
      fc.pre(service !== undefined && server !== undefined && service.servers.length > 1);
      const after = edited(conf.text, {
        kind: 'remove-server',
        service: service.key,
        server: server.key,
      });
      expect(said(after)).toEqual(
        changed(conf.services, { s }, (servers) => servers.toSpliced(r, 1)),
      );
      const [, is] = between(conf.text, after);
      expect(is.trim()).toBe('');
    }),
    { numRuns: 1000 },
  );
});

it('a track file that is put in leaves servers and weights as they are', () => {
  fc.assert(
    fc.property(placed, ({ conf, s, r }) => {
      const service = conf.services[s];
      const server = service?.servers[r];
      if (!service || !server) throw new Error('none');
      const of = { service: service.key, server: server.key };
      const after = edited(conf.text, { kind: 'track-file', ...of, name: 'a', path: '/var/lib/a' });
      expect(said(after)).toEqual(conf.services);
      const again = parseConf(after, 'main');
      const block = confServices(again)[s]?.servers[r]?.block;
      const [check] = block ? statementsOf(again, block, 'FILE_CHECK') : [];
      const [named] = check?.block ? statementsOf(again, check.block, 'track_file') : [];
      expect(named && wordsOf(again, named)).toEqual(['track_file', 'a']);
    }),
    { numRuns: 500 },
  );
});
