import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeChromium } from '../support/chromium.ts';
import { rateSeen } from '../support/kernel-hand-over.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { relayTo } from '../support/lab/relay.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const service = `-t ${virtualAddresses.v4.nat}:80`;
const port = 9_816;

/** What the card of a rollout shows at one moment. */
interface Picture {
  readonly moved: number;
  readonly weight: number;
  readonly share: string;
}

/** Kept by the page itself, after each of its changes: a busy machine asks it too seldom. */
const recordPictures = `{
  globalThis.pictures = [];
  new MutationObserver(() => {
    const card = document.querySelector('.card');
    const old = [...(card?.querySelectorAll('tr') ?? [])].find((row) =>
      row.textContent.includes('10.0.2.11:8080'),
    );
    if (!old) return;
    globalThis.pictures.push({
      moved: Number(card.querySelector('[role=progressbar]').ariaValueNow),
      weight: Number.parseInt(old.querySelector('td').innerText.replace(',', ''), 10),
      share: card.querySelector('.of-rollout summary').innerText,
    });
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
}`;

await describeChromium('the live page in a real browser', (open) => {
  describeKernel('of a director with a real kernel', (lab) => {
    test('shows a rollout as it moves, until OLD is gone', async () => {
      await lab.setTable(
        `-A ${service} -s wrr`,
        `-a ${service} -r 10.0.2.11:8080 -m -w 100`,
        `-a ${service} -r 10.0.2.13:8080 -m -w 100`,
      );
      const state = join(lab.folder, 'page-state');
      const serve = await lab.startDrain([
        ...['serve', '--state', state, '--listen', `127.0.0.1:${port}`],
      ]);
      await lab.clients.load({ address: virtualAddresses.v4.nat, port: 80, perSecond: 15 });
      await serve.line((line) => line.includes(`127.0.0.1:${port}`), 30_000);
      // A scale from before the traffic is known would be another in mid-ramp, and weights would rise with it.
      await rateSeen(lab, `${virtualAddresses.v4.nat}:80`, 10);
      const relay = await relayTo(lab, port);
      try {
        const { page, complaints } = await open(relay.url);
        const old = page.locator('.service tr', { hasText: '10.0.2.11:8080' });
        await old.waitFor();

        const held = await lab.clients.hold({
          address: virtualAddresses.v4.nat,
          port: 80,
          count: 12,
          kind: 'idle',
        });
        await page.evaluate(recordPictures);
        const run = await lab.startDrain([
          ...['--from', '10.0.2.11', '--to', '10.0.2.12', '--over', '10s', '--every', '1s'],
          ...['--settle', '0s', '--state', state, '--output', 'json'],
        ]);
        await expect
          .poll(() => page.evaluate('pictures.at(-1)?.moved'), { timeout: 40_000, interval: 500 })
          .toBe(100);
        const card = page.locator('.card');
        const seen = await page.evaluate<readonly Picture[]>('pictures');
        const moved = [...new Set(seen.map((one) => one.moved))];
        const weights = [...new Set(seen.map((one) => one.weight))];
        expect(moved.length).toBeGreaterThanOrEqual(3);
        expect(moved).toEqual(moved.toSorted((a, b) => a - b));
        expect(weights.length).toBeGreaterThanOrEqual(3);
        expect(weights).toEqual(weights.toSorted((a, b) => b - a));
        const last = seen.at(-1);
        expect(last?.weight).toBe(0);
        expect(last?.share).toContain('50 % on the new servers');
        expect(await card.innerText()).toMatch(/drain pause [0-9a-z-]+/);

        // What is still open there is all that OLD waits for: the page says how many, and then none.
        const connections = card.locator('tr', { hasText: '10.0.2.11:8080' }).locator('td').nth(1);
        expect(Number(await connections.innerText())).toBeGreaterThan(0);
        expect(await card.locator('.plot svg path').count()).toBeGreaterThan(3);
        await lab.clients.release(held);
        await run.ended;
        await old.waitFor({ state: 'detached', timeout: 10_000 });
        await card.waitFor({ state: 'detached' });
        expect(await page.locator('.ended summary').innerText()).toContain('done');
        expect(complaints).toEqual([]);
      } finally {
        await relay.close();
      }
    });
  });
});
