import { stat } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, describe } from 'vitest';

/** Where Debian's package puts it, and others. */
const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** No sandbox, for tests run as root in containers; and none of what a browser asks of its maker. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface OpenedPage {
  readonly page: Page;
  /** What the console said, errors that nobody caught, and requests for anything but the page. */
  readonly complaints: readonly string[];
}

export interface PageLook {
  readonly widthPx?: number;
  readonly scheme?: 'light' | 'dark';
  readonly media?: 'screen' | 'print';
}

/**
 * Tests in a real Chromium. Without one they are skipped with a line on stderr, and with
 * DRAIN_REQUIRE_KERNEL=1 they fail.
 */
export async function describeChromium(
  name: string,
  define: (open: (url: string, look?: PageLook) => Promise<OpenedPage>) => void,
): Promise<void> {
  const found = await Promise.all(places.map((place) => stat(place).catch(() => undefined)));
  const executablePath = places.find((_, index) => found[index]);
  if (!executablePath && process.env.DRAIN_REQUIRE_KERNEL !== '1') {
    process.stderr.write(`skipped, there is no Chromium (apt-get install chromium): ${name}\n`);
    describe.skip(name, () => define(() => Promise.reject(new Error('no Chromium'))));
    return;
  }
  describe(name, () => {
    let browser: Promise<Browser> | undefined;
    afterAll(async () => (await browser)?.close());
    define(async (url, look = {}) => {
      if (!executablePath) throw new Error('there is no Chromium: apt-get install chromium');
      browser ??= chromium.launch({ executablePath, args: flags });
      return openPage(await browser, url, look);
    });
  });
}

export const fileUrl = (file: string): string => pathToFileURL(file).href;

async function openPage(
  browser: Browser,
  url: string,
  { widthPx = 1280, scheme = 'light', media = 'screen' }: PageLook,
): Promise<OpenedPage> {
  const page = await browser.newPage({
    viewport: { width: widthPx, height: 900 },
    colorScheme: scheme,
  });
  await page.emulateMedia({ media });
  const complaints: string[] = [];
  const { origin, protocol } = new URL(url);
  await page.route('**/*', async (route) => {
    const asked = new URL(route.request().url());
    const isOwn = protocol === 'file:' ? asked.href === url : asked.origin === origin;
    if (isOwn) return route.continue();
    complaints.push(`request for ${asked.href}`);
    return route.abort();
  });
  page.on('console', (message) => complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  await page.goto(url);
  return { page, complaints };
}
