import { mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createListing } from '../../../src/store/folder/folder-listing.ts';
import { withFolder } from '../../support/drain-command.ts';

const longAgo = new Date('2026-01-01T00:00:00Z');

it('names what ends so, the last one first', () =>
  withFolder(async (folder) => {
    for (const name of ['b.jsonl', 'a.jsonl', 'a.trace']) await writeFile(join(folder, name), '');
    expect(await createListing(folder, '.jsonl')()).toEqual(['b', 'a']);
  }));

it('is the same listing until the folder changes, and then has what has changed', () =>
  withFolder(async (folder) => {
    const list = createListing(folder, '.jsonl');
    await writeFile(join(folder, 'a.jsonl'), '');
    await utimes(folder, longAgo, longAgo);
    const first = await list();
    expect(await list()).toBe(first);
    await writeFile(join(folder, 'b.jsonl'), '');
    expect(await list()).toEqual(['b', 'a']);
    await rm(join(folder, 'a.jsonl'));
    expect(await list()).toEqual(['b']);
  }));

it('is made anew while the folder has changed just now: its time may not tell of the next change', () =>
  withFolder(async (folder) => {
    const list = createListing(folder, '.jsonl');
    await writeFile(join(folder, 'a.jsonl'), '');
    const now = new Date();
    await utimes(folder, now, now);
    expect(await list()).toEqual(['a']);
    await writeFile(join(folder, 'b.jsonl'), '');
    await utimes(folder, now, now);
    expect(await list()).toEqual(['b', 'a']);
  }));

it('is that of another folder which has come in its place with the same time', () =>
  withFolder(async (parent) => {
    const folder = join(parent, 'rollouts');
    const list = createListing(folder, '.jsonl');
    const make = async (name: string): Promise<void> => {
      await mkdir(folder);
      await writeFile(join(folder, name), '');
      await utimes(folder, longAgo, longAgo);
    };
    await make('a.jsonl');
    expect(await list()).toEqual(['a']);
    await rename(folder, join(parent, 'before'));
    await make('b.jsonl');
    expect(await list()).toEqual(['b']);
  }));
