import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeChromium, fileUrl } from '../support/chromium.ts';
import { handOver } from '../support/kernel-hand-over.ts';
import { describeKernel } from '../support/lab/describe-kernel.ts';
import { virtualAddresses } from '../support/lab/topology.ts';

const nat = { address: virtualAddresses.v4.nat, port: 80 };
const service = `-t ${nat.address}:80`;

await describeChromium('in a browser', (open) => {
  describeKernel('the report of a hand-over on the real kernel', (lab) => {
    test('has the numbers of its events and of the kernel', async () => {
      const file = join(lab.folder, 'report.html');
      const done = await handOver(lab, {
        rules: [`-A ${service} -s wrr`, `-a ${service} -r 10.0.2.11:8080 -m -w 100`],
        args: [
          ...['--from', '10.0.2.11', '--to', '10.0.2.12', '--report', file],
          ...['--over', '10s', '--every', '2s', '--settle', '1s'],
        ],
        target: nat,
        perSecond: 60,
      });
      expect(done.stderr).toBe('');
      expect(done.exitCode).toBe(0);
      expect(await readFile(file, 'utf8')).toMatch(/<\/html>\n$/);

      const { page, complaints } = await open(fileUrl(file), { widthPx: 360 });
      const text = await page.locator('body').innerText();
      expect(text).toContain(`tcp/${nat.address}:80`);
      expect(text).toContain(done.events[0]?.rollout);
      // The ramp of 10 s, as it was.
      expect(text).toMatch(/\b1\ds\s+in the ramp/);
      const steps = page.locator('section', { has: page.getByText('Steps', { exact: true }) });
      const applied = done.events.filter(({ type }) => type === 'step-applied');
      expect(await steps.locator('tbody tr').count()).toBe(applied.length);
      const rows = await steps.locator('tbody tr').allInnerTexts();
      const last = rows.at(-1)?.split('\t') ?? [];
      expect([last[0], last[4], last[5]]).toEqual(['5', '100 %', '100.0 %']);
      // A count of the kernel's takes its time, so steps and counts do not meet to the second: what is
      // compared is what the weights asked for in the very time between two counts.
      const figure = async (name: string) => {
        const one = page.locator('dl.figures div', { hasText: name }).locator('dd');
        return Number.parseFloat((await one.innerText()).replaceAll(',', ''));
      };
      expect(await figure('new connections')).toBeGreaterThan(300);
      expect(await figure('off the planned share')).toBeLessThan(10);
      const environment = await page.getByRole('region', { name: 'Environment' }).innerText();
      expect(environment).toContain((await lab.run(['uname', '-r'])).stdout.trim());
      expect(environment).toMatch(/conn_reuse_mode\s+\d/);
      expect(await page.locator('svg:visible').count()).toBe(4);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      expect(complaints).toEqual([]);
    });
  });
});
