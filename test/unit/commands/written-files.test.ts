import { lstat, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeReportFile } from '../../../src/commands/report-file.ts';
import { writeGivenFile } from '../../../src/commands/written-file.ts';
import { withFolder } from '../../support/drain-command.ts';

it('a report is written through no link, whether of its name or of a name that it had for a moment', () =>
  withFolder(async (folder) => {
    const [victim, file] = [join(folder, 'victim'), join(folder, 'report.html')];
    await writeFile(victim, 'theirs');
    await symlink(victim, file);
    await symlink(victim, `${file}.${process.pid}.part`);
    expect(await writeReportFile(file, '<p>drain</p>')).toEqual({ ok: true, value: undefined });
    expect(await readFile(victim, 'utf8')).toBe('theirs');
    expect(await readFile(file, 'utf8')).toBe('<p>drain</p>');
    expect((await lstat(file)).isFile()).toBe(true);
    expect(await readdir(folder)).toHaveLength(3);
  }));

it('a compiled plan is for its owner alone, also where a link to a file of others had its name', () =>
  withFolder(async (folder) => {
    const [victim, file] = [join(folder, 'victim'), join(folder, 'plan.json')];
    await writeFile(victim, 'theirs', { mode: 0o666 });
    await symlink(victim, file);
    await writeGivenFile(file, '{}', { mode: 0o600 });
    expect(await readFile(victim, 'utf8')).toBe('theirs');
    expect(await readFile(file, 'utf8')).toBe('{}');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await lstat(file)).isFile()).toBe(true);
    expect(await readdir(folder)).toHaveLength(2);
  }));

it('a device is written to, and stays one', async () => {
  await writeGivenFile('/dev/null', '{}');
  expect((await stat('/dev/null')).isCharacterDevice()).toBe(true);
});
