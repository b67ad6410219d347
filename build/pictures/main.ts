import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { colourSchemes } from '../../src/charts/colours.ts';
import { movingView } from '../../test/support/moving-view.ts';
import { servePage } from '../../test/support/served-page.ts';
import { takeShots } from './browser.ts';
import { framesOf, textOf } from './terminal.ts';
import { terminalSvg } from './terminal-svg.ts';

/**
 * `npm run pictures`: the pictures of the docs, light and dark, from the real thing: a terminal on which
 * `drain demo` runs, the report of a rollout, and the live page in Chromium.
 */
const root = fileURLToPath(new URL('../../', import.meta.url));
const drain = join(root, 'bin/drain.js');
const out = join(root, 'docs/pictures');
const schemes = ['light', 'dark'] as const;
const temporary = mkdtempSync(join(tmpdir(), 'drain-pictures-'));
const at = (name: string): string => join(out, name);

/** The live table in the middle of the ramp, on a terminal of script(1). */
async function drawTerminal(): Promise<void> {
  const size = 'stty cols 88 rows 40';
  const { stdout } = await execa(
    'script',
    [
      '--quiet',
      '--return',
      '--command',
      `${size}; exec "$NODE" "$DRAIN" demo --output tty`,
      '/dev/null',
    ],
    { env: { NODE: process.execPath, DRAIN: drain, FORCE_COLOR: '1' } },
  );
  const frame = framesOf(stdout).find((one) => textOf(one).includes('step 12/20'));
  if (!frame) throw new Error('no frame of drain demo shows step 12');
  // The plan stands above the table.
  const first = frame.findLastIndex((cells) => textOf([cells]).includes('ramp  10.0.0.1'));
  const last = frame.findLastIndex((cells) => cells.length > 0);
  for (const scheme of schemes) {
    const { ground, rule, ink, muted, good, old, bad, ...colours } = colourSchemes[scheme];
    const title = 'drain demo in the middle of its ramp';
    const codes = { 31: bad, 32: good, 33: old, 36: colours.new, 90: muted };
    const svg = terminalSvg(frame.slice(first, last + 1), { ground, rule, ink, codes, title });
    writeFileSync(at(`terminal-${scheme}.svg`), svg);
  }
}

/** The report of five minutes of blue/green on a simulated director. */
async function drawReport(): Promise<void> {
  const file = join(temporary, 'rollout.html');
  const hand = ['--from', '10.0.0.1', '--to', '10.0.0.2', '--over', '5m', '--report', file];
  await execa(process.execPath, [drain, '--director', 'sim', ...hand], { cwd: temporary });
  await takeShots(
    schemes.map((scheme) => ({
      url: pathToFileURL(file).href,
      file: at(`report-${scheme}.png`),
      ...{ scheme, widthPx: 900, heightPx: 830 },
    })),
  );
}

/** The live page of `drain serve` while a rollout is on. */
async function drawPage(): Promise<void> {
  for (const scheme of schemes) {
    const startedAtMs = Date.now();
    // It stays at that step: a slow machine may open a page later.
    const shownMs = startedAtMs + 7_900;
    const { url, close } = await servePage(() =>
      movingView(startedAtMs, Math.min(shownMs, Date.now())),
    );
    await takeShots([
      {
        url,
        file: at(`page-${scheme}.png`),
        ...{ scheme, widthPx: 900, heightPx: 600 },
        isReady: (page) => page.getByText('step 7 of 10').waitFor(),
      },
    ]);
    await close();
  }
}

mkdirSync(out, { recursive: true });
try {
  await drawTerminal();
  await drawReport();
  await drawPage();
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
for (const scheme of schemes) {
  for (const file of [`terminal-${scheme}.svg`, `report-${scheme}.png`, `page-${scheme}.png`]) {
    process.stdout.write(`docs/pictures/${file} ${Math.ceil(statSync(at(file)).size / 1000)} kB\n`);
  }
}
