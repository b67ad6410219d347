import { describe, expect, it } from 'vitest';
import type { Place } from '../../src/store/place.ts';
import { unwrap } from './store.ts';

export interface PlaceContract {
  readonly name: string;
  /** The same documents at each call, as a process that holds no locks gets at them. */
  readonly open: () => Place;
}

/** What every place promises, for documents of any kind. */
export function describePlace({ name, open }: PlaceContract): void {
  describe.concurrent(`a place in ${name}`, () => {
    let count = 0;
    const names = (amount: number): readonly string[] =>
      Array.from({ length: amount }, () => `document-${String(count++).padStart(4, '0')}`);
    const versionOf = async (document: string): Promise<string> => {
      const kept = unwrap(await open().get(document));
      if (!kept) throw new Error(`there is no ${document}`);
      return kept.version;
    };

    it('gives back each document as it was put, sorted by name', async () => {
      const [a = '', b = '', c = '', missing = ''] = names(4);
      const texts = {
        [a]: 'ä "quoted" 🐢',
        [b]: JSON.stringify({ v: 1 }),
        [c]: 'x'.repeat(100_000),
      };
      for (const document of [c, a, b]) unwrap(await open().put(document, texts[document] ?? ''));
      const known = (all: readonly string[]) =>
        all.filter((one) => one in texts || one === missing);
      expect(known(unwrap(await open().names()))).toEqual([a, b, c]);
      const listed = unwrap(await open().list()).filter(({ name: one }) => one in texts);
      expect(listed.map((one) => [one.name, one.text.trimEnd()])).toEqual(Object.entries(texts));
      for (const one of listed) expect(unwrap(await open().get(one.name))).toEqual(one);
      expect(unwrap(await open().get(missing))).toBeUndefined();
    });

    it('replaces a document, and removes one that is not there without an error', async () => {
      const [document = ''] = names(1);
      unwrap(await open().put(document, 'first'));
      const version = await versionOf(document);
      unwrap(await open().put(document, 'second'));
      expect(await versionOf(document)).not.toBe(version);
      expect(unwrap(await open().get(document))?.text.trimEnd()).toBe('second');
      expect(unwrap(await open().remove(document))).toBe('removed');
      expect(unwrap(await open().remove(document))).toBe('removed');
      expect(unwrap(await open().get(document))).toBeUndefined();
    });

    it('keeps a document that was put since the version that is to be removed', async () => {
      const [document = ''] = names(1);
      unwrap(await open().put(document, 'first'));
      const version = await versionOf(document);
      unwrap(await open().put(document, 'second'));
      expect(unwrap(await open().remove(document, { version }))).toBe('kept');
      expect(unwrap(await open().get(document))?.text.trimEnd()).toBe('second');
      const latest = await versionOf(document);
      expect(unwrap(await open().remove(document, { version: latest }))).toBe('removed');
      expect(unwrap(await open().remove(document, { version: latest }))).toBe('kept');
    });

    it('names the document that cannot be read, and says what is wrong with it', () => {
      const damaged = open().unreadable('document-x', { kind: 'newer', version: 2 });
      expect(damaged.kind).toBe('preflight');
      expect(damaged.what).toMatch(/document-x.*newer/);
    });
  });
}
