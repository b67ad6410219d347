import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isThere, type Page, pages, proseOf, root } from '../../support/docs/pages.ts';

interface Link {
  readonly from: string;
  readonly target: string;
}

const linksOf = (page: Page): readonly Link[] => {
  const prose = proseOf(page).replace(/`[^`]*`/g, '');
  const targets = [
    ...prose.matchAll(/\]\(([^)\s]+)\)/g),
    ...prose.matchAll(/\b(?:src|srcset|href)="([^"]+)"/g),
  ];
  return targets.map(([, target = '']) => ({ from: page.path, target }));
};

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: Page): readonly string[] {
  const seen = new Map<string, number>();
  return [...proseOf(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

const isOutside = ({ target }: Link): boolean => target.startsWith('https://');

/** What is wrong with a link inside of the repository. */
function mistakeOf({ from, target }: Link): string | undefined {
  const [file = '', anchor] = target.split('#');
  const path = file === '' ? from : normalize(join(dirname(from), file));
  if (path.startsWith('..') || !isThere(path)) return `${from}: there is no ${target}`;
  const page = pages.find((one) => one.path === path);
  if (anchor === undefined || (page && anchorsOf(page).includes(anchor))) return undefined;
  return `${from}: ${target} has no such heading`;
}

const links = pages.flatMap(linksOf);

describe('a link of the docs', () => {
  it('leads to a file, and a heading, that is there', () => {
    const inside = links.filter((link) => !isOutside(link));
    expect(inside.length).toBeGreaterThan(40);
    expect(inside.flatMap((link) => mistakeOf(link) ?? [])).toEqual([]);
  });

  it('to elsewhere is https', () => {
    expect(
      links.filter(({ target }) => /^\w+:/.test(target) && !isOutside({ from: '', target })),
    ).toEqual([]);
  });

  it('leads to every page, from the README on', () => {
    const reached = new Set(['README.md']);
    for (const path of reached) {
      for (const { from, target } of links) {
        const [file = ''] = target.split('#');
        if (from === path && file.endsWith('.md'))
          reached.add(normalize(join(dirname(from), file)));
      }
    }
    expect(pages.map(({ path }) => path).filter((path) => !reached.has(path))).toEqual([]);
  });
});

describe('a picture of the docs', () => {
  const pictures = readdirSync(join(root, 'docs/pictures'));

  it('is there in light and dark, on a page, and small', () => {
    expect(pictures.length).toBeGreaterThan(0);
    for (const picture of pictures) {
      const other = picture.replace(/light|dark/, (one) => (one === 'light' ? 'dark' : 'light'));
      expect(pictures).toContain(other);
      expect(
        links.some(({ target }) => target.endsWith(`pictures/${picture}`)),
        picture,
      ).toBe(true);
      expect(statSync(join(root, 'docs/pictures', picture)).size, picture).toBeLessThan(150_000);
    }
  });
});

describe('these tests', () => {
  it('see a link that leads nowhere', () => {
    const from = 'README.md';
    expect(mistakeOf({ from, target: 'docs/none.md' })).toContain('there is no');
    expect(mistakeOf({ from, target: 'docs/held.md#none' })).toContain('no such heading');
    expect(mistakeOf({ from, target: 'docs/held.md#after-a-reboot' })).toBeUndefined();
  });
});

describe('the version', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

  it('is the first of the CHANGELOG, whose versions come down with their dates', () => {
    const changelog = pages.find(({ path }) => path === 'CHANGELOG.md')?.text ?? '';
    const headings = [...changelog.matchAll(/^## (.*)$/gm)].map(([, heading = '']) => heading);
    const dated = headings.filter((heading) => heading !== 'Unreleased');
    const parts = dated.map(
      (heading) => /^(\d+\.\d+\.\d+) - (\d{4}-\d\d-\d\d)$/.exec(heading) ?? [],
    );
    expect(parts.map(([, one]) => one)[0]).toBe(version);
    const dates = parts.map(([, , date]) => date ?? 'none');
    expect(dates).toEqual(dates.toSorted().toReversed());
  });

  it('is the major one of the action in every example', () => {
    const tag = `owner/drain@v${version.split('.')[0]}`;
    const used = pages.flatMap(({ text }) => text.match(/owner\/drain@v\d+/g) ?? []);
    expect(used.length).toBeGreaterThan(3);
    expect(used.filter((one) => one !== tag)).toEqual([]);
  });
});
