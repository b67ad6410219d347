import { stat } from 'node:fs/promises';
import { chromium, type Page } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export interface Shot {
  readonly url: string;
  readonly file: string;
  readonly scheme: 'light' | 'dark';
  readonly widthPx: number;
  readonly heightPx: number;
  /** Resolves once the page shows what the picture is to show. */
  readonly isReady?: (page: Page) => Promise<unknown>;
}

/** Pictures of pages in Chromium, one after the other. */
export async function takeShots(shots: readonly Shot[]): Promise<void> {
  const there = await Promise.all(places.map((place) => stat(place).catch(() => undefined)));
  const executablePath = places.find((_, i) => there[i]);
  if (!executablePath) throw new Error('there is no Chromium: apt-get install chromium');
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'];
  const browser = await chromium.launch({ executablePath, args });
  try {
    for (const { url, file, scheme, widthPx, heightPx, isReady } of shots) {
      const viewport = { width: widthPx, height: heightPx };
      const page = await browser.newPage({ viewport, colorScheme: scheme });
      await page.goto(url);
      await isReady?.(page);
      await page.screenshot({ path: file });
      await page.close();
    }
  } finally {
    await browser.close();
  }
}
