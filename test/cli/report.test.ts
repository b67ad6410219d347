import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { describeChromium, fileUrl } from '../support/chromium.ts';
import { drain, withFolder } from '../support/drain-command.ts';

const quick = ['--director', 'sim', '--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '1m'];

/** One rollout for all of these: its folder, with `out.html`, `dark.html` and the state. */
let folder: string;
let release: () => void;
let rollout: string;
let held: Promise<unknown>;
beforeAll(async () => {
  await new Promise<void>((isThere) => {
    held = withFolder(async (made) => {
      folder = made;
      const over = new Promise<void>((resolve) => {
        release = resolve;
      });
      const args = [...quick, '--state', 'state', '--report', 'out.html', '--output', 'json'];
      const run = await drain(args, { cwd: folder });
      expect(run.stderr).toBe('');
      expect(run.exitCode).toBe(0);
      rollout = run.events()[0]?.rollout ?? '';
      isThere();
      await over;
    });
    held.catch(() => isThere());
  });
});
afterAll(async () => {
  release?.();
  await held;
});

const page = (name = 'out.html') => readFile(join(folder, name), 'utf8');

describe('a report', () => {
  it('is written at the end of a rollout, whole, for all to read, and nothing is left beside it', async () => {
    expect(await page()).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    expect((await readdir(folder)).sort()).toEqual(['out.html', 'state']);
    expect((await stat(join(folder, 'out.html'))).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  it('is the same from the store, on standard output or in a file', async () => {
    const printed = await drain(['report', rollout, '--state', 'state'], { cwd: folder });
    expect(printed.exitCode).toBe(0);
    expect(printed.stderr).toBe('');
    expect(`${printed.stdout}\n`).toBe(await page());
    const args = ['report', rollout, '--state', 'state', '-o', 'again.html'];
    const saved = await drain(args, { cwd: folder });
    expect(saved).toMatchObject({ exitCode: 0, stdout: '' });
    expect(saved.stderr).toContain('again.html');
    expect(await page('again.html')).toBe(await page());
  });

  it('of an unknown rollout is a usage error', async () => {
    const run = await drain(['report', 'nobody', '--state', 'state'], { cwd: folder });
    expect(run).toMatchObject({ exitCode: 2, stdout: '' });
  });

  it('that could not be written stops a rollout before it starts', async () => {
    await withFolder(async (empty) => {
      const args = [...quick, '--state', 'state', '--output', 'json'];
      const run = await drain([...args, '--report', 'missing/out.html'], { cwd: empty });
      expect(run.exitCode).toBe(2);
      expect(run.stderr).toContain('the report cannot be written to missing/out.html');
      expect(run.events().map(({ type }) => type)).toEqual(['planned', 'finished']);
      expect(await readdir(empty)).toEqual([]);
      await mkdir(join(empty, 'out.html'));
      const onFolder = await drain([...args, '--report', 'out.html'], { cwd: empty });
      expect(onFolder.exitCode).toBe(2);
    });
  });

  it('that cannot be written any more leaves the rollout its exit code, and says so', async () => {
    await withFolder(async (empty) => {
      await mkdir(join(empty, 'reports'));
      const mv = join(empty, 'mv.sh');
      await writeFile(mv, `#!/bin/sh\nrm -rf ${join(empty, 'reports')}\n`);
      await chmod(mv, 0o755);
      const args = [...quick, '--gate-command', mv, '--report', 'reports/out.html'];
      const run = await drain(args, { cwd: empty });
      expect(run.exitCode).toBe(0);
      expect(run.stderr).toContain('the report cannot be written to reports/out.html');
    });
  });

  it('has the id of its rollout in its name where that is asked for', async () => {
    await withFolder(async (empty) => {
      const plan = join(empty, 'plan.yaml');
      await writeFile(
        plan,
        'director: sim\nfrom: 10.0.0.1\nto: 10.0.0.2\nover: 10s\nreport: "of-{rollout}.html"\n',
      );
      const run = await drain(['apply', plan, '--output', 'json'], { cwd: empty });
      expect(run.exitCode).toBe(0);
      const id = run.events()[0]?.rollout ?? '';
      expect((await readdir(empty)).sort()).toEqual([`of-${id}.html`, 'plan.yaml']);
    });
  });

  it('is made of a dry run by nobody', async () => {
    await withFolder(async (empty) => {
      await drain([...quick, '--dry-run', '--report', 'out.html'], { cwd: empty });
      expect(await readdir(empty)).toEqual([]);
    });
  });
});

/** How far to the right the furthest of these goes. */
const rightEdges = (shown: Page, selector: string): Promise<number> =>
  shown.evaluate(
    `Math.max(...[...document.querySelectorAll(${JSON.stringify(selector)})].map((one) => one.getBoundingClientRect().right))`,
  );

/** Labels of the pictures that go beyond them. */
const cutLabels = `[...document.querySelectorAll('svg:not([display=none]) text')].filter((one) => {
  const [label, picture] = [one, one.closest('svg')].map((part) => part.getBoundingClientRect());
  return label.width > 0 && (label.right > picture.right || label.left < picture.left);
}).map((one) => one.textContent)`;

await describeChromium('a report in a browser', (open) => {
  test('shows the rollout, complains of nothing and asks for nothing', async () => {
    const { page: shown, complaints } = await open(fileUrl(join(folder, 'out.html')));
    expect(await shown.locator('h1').innerText()).toBe('10.0.0.1:80 → 10.0.0.2:80');
    const text = await shown.locator('body').innerText();
    for (const part of ['Done', rollout, 'in the ramp', 'Steps', 'Events', 'Environment']) {
      expect(text).toContain(part);
    }
    const charts = shown.locator('svg:visible');
    expect(await charts.count()).toBe(4);
    for (const chart of await charts.all()) {
      const box = await chart.boundingBox();
      expect(box?.width).toBeGreaterThan(250);
      expect(box?.height).toBeGreaterThan(150);
      // A line that goes somewhere: not only a grid.
      expect(await chart.locator('path[stroke-linejoin=bevel]').count()).toBeGreaterThan(0);
    }
    const [first] = await shown.locator('.readings').first().locator('title').allTextContents();
    expect(first).toMatch(/^\d\d:\d\d:\d\d UTC.*planned: \d/);
    expect(complaints).toEqual([]);
  });

  test('fits every window from a phone to a desk', async () => {
    const { page: shown } = await open(fileUrl(join(folder, 'out.html')));
    for (const width of [360, 412, 700, 800, 1280]) {
      await shown.setViewportSize({ width, height: 900 });
      expect(await shown.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(await shown.locator('svg:visible').count()).toBe(4);
      expect(await rightEdges(shown, 'svg')).toBeLessThanOrEqual(width);
      // No label is cut by the edge of its picture, the last one of a time axis neither.
      expect(await shown.evaluate(cutLabels)).toEqual([]);
    }
    await shown.setViewportSize({ width: 360, height: 900 });
    const [beyond, look] = (await shown.evaluate(`(() => {
      const table = document.querySelector('[aria-label=Steps]');
      return [table.scrollWidth - table.clientWidth, getComputedStyle(table).backgroundImage];
    })()`)) as [number, string];
    expect(beyond).toBeGreaterThan(40);
    // A shadow at the edge says that there is more.
    expect(look.match(/linear-gradient/g)).toHaveLength(4);
  });

  test('is dark on light, light on dark, and black on white on paper', async () => {
    const url = fileUrl(join(folder, 'out.html'));
    const coloursOf = async (look: Parameters<typeof open>[1]) => {
      const { page: shown } = await open(url, look);
      return shown.evaluate(`[
        getComputedStyle(document.body).color,
        getComputedStyle(document.body).backgroundColor,
        getComputedStyle(document.querySelector('svg text')).fill,
      ]`);
    };
    const light = ['rgb(27, 31, 36)', 'rgb(255, 255, 255)', 'rgb(84, 93, 104)'];
    expect(await coloursOf({ scheme: 'light' })).toEqual(light);
    const dark = ['rgb(232, 237, 242)', 'rgb(17, 22, 27)', 'rgb(163, 175, 186)'];
    expect(await coloursOf({ scheme: 'dark' })).toEqual(dark);
    const paper = ['rgb(0, 0, 0)', 'rgb(255, 255, 255)', 'rgb(51, 51, 51)'];
    expect(await coloursOf({ scheme: 'dark', media: 'print' })).toEqual(paper);
  });

  test('has every picture and every row on paper, and cuts none off', async () => {
    // The width of A4 between its margins.
    const look = { widthPx: 688, media: 'print' } as const;
    const { page: shown } = await open(fileUrl(join(folder, 'out.html')), look);
    expect(await rightEdges(shown, 'svg, table')).toBeLessThanOrEqual(688);
    expect(await shown.locator('svg:visible').count()).toBe(4);
    expect(await shown.locator('tbody tr:visible').count()).toBe(
      await shown.locator('tbody tr').count(),
    );
  });
});
