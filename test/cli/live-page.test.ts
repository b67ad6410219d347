import { afterEach, expect, it } from 'vitest';
import type { GuardReport } from '../../src/domain/health/guard-report.ts';
import type { TableView, View } from '../../src/serve/view/view.ts';
import { describeChromium } from '../support/chromium.ts';
import { hostileTexts } from '../support/hostile-texts.ts';
import { movingPair, movingView, plainService } from '../support/moving-view.ts';
import { type ServedPage, servePage } from '../support/served-page.ts';
import { type OneDirector, rolloutView } from '../support/views.ts';

const opened: ServedPage[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ close }) => close()));
});

const serve = async (...args: Parameters<typeof servePage>): Promise<ServedPage> => {
  const served = await servePage(...args);
  opened.push(served);
  return served;
};

/** A view as the one at the beginning, with these services. */
const viewWith = (
  services: readonly ReturnType<typeof plainService>[],
  more: OneDirector = {},
): View => {
  const table = { ipvsVersion: '1.2.1', connectionTableSize: 4_096, services };
  return movingView(Date.now() - 5_000, Date.now(), {
    table: { kind: 'up', listedMs: 10, table },
    ...more,
  });
};

const isDown = {
  kind: 'down',
  failure: { kind: 'director', what: 'ipvsadm: Permission denied', next: 'Be root.' },
} as const;

await describeChromium('the live page', (open) => {
  it('shows what /state says, in both schemes and on a phone, and asks nobody else', async () => {
    // Always three seconds after its beginning: a page may take longer to open than a rollout does.
    const { url } = await serve(() => movingView(Date.now() - 3_000, Date.now()));
    const grounds = new Set<string>();
    for (const look of [{ scheme: 'dark' }, { scheme: 'light', widthPx: 360 }] as const) {
      const { page, complaints } = await open(url, look);
      await page.locator('.of-rollout .plot svg').first().waitFor();
      const text = await page.locator('#page').textContent();
      expect(text).toContain('10.0.1.1');
      expect(text).toContain('drain pause 20260101-000000-abcd');
      expect(text).toContain('out: by the operator since');
      expect(text).toMatch(/moving new connections · \ds left of the ramp · since/);
      for (const word of ['moved', 'planned', 'delivered']) {
        expect(await page.locator('.words dt', { hasText: word }).count()).toBe(1);
      }
      expect(await page.title()).toMatch(/^\d+ % running - lb1 - drain$/);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(
        look.widthPx ?? 1280,
      );
      grounds.add(String(await page.evaluate('getComputedStyle(document.body).backgroundColor')));
      expect(complaints).toEqual([]);
      await page.close();
    }
    expect(grounds.size).toBe(2);
  });

  it('moves with the rollout, and keeps what was opened, written and scrolled to', async () => {
    let nowMs = 1_000_000_000_000;
    const startedAtMs = nowMs - 2_000;
    const { url } = await serve(() => movingView(startedAtMs, nowMs));
    const { page, complaints } = await open(url, { widthPx: 360 });
    const moved = (percent: number) => page.getByText(`${percent} % moved`, { exact: true });
    await moved(20).waitFor();
    const calm = page.locator('.service', { hasText: '10.200.0.3' });
    await calm.locator('summary').click();
    await page.getByRole('searchbox').fill('10.200');
    await page.evaluate('scrollTo(0, 300)');
    nowMs += 7_000;
    await moved(90).waitFor();
    expect(await calm.getAttribute('open')).toBeNull();
    expect(await page.getByRole('searchbox').inputValue()).toBe('10.200');
    expect(await page.locator('.service').count()).toBe(1);
    expect(await page.evaluate('scrollY')).toBe(300);
    nowMs += 8_000;
    await page.locator('.card').waitFor({ state: 'detached' });
    await page.getByRole('searchbox').fill('');
    const first = page.locator('.service').first();
    await expect.poll(() => first.innerText()).not.toContain('10.0.1.1:80');
    expect(complaints).toEqual([]);
  });

  it('says of each rollout who did what, and why', async () => {
    const anna = { user: 'anna', host: 'lb1', reason: 'deploy 42' };
    const acts = Array.from({ length: 8 }, (_, index) => ({
      ...({ act: index === 0 ? 'started' : 'paused', atMs: 1_000 * index } as const),
      actor: index === 0 ? anna : { user: `user${index}`, host: 'lb2' },
    }));
    const running = rolloutView({ rollout: 'r1', acts: acts.slice(0, 2) });
    const ended = rolloutView({ rollout: 'r2', standing: 'done', acts });
    const old = rolloutView({ rollout: 'r3' });
    const view = viewWith([], { rollouts: [running, ended, old] });
    const { url } = await serve(() => ({ ...view, atMs: Date.now() }));
    const { page, complaints } = await open(url, { scheme: 'light', widthPx: 360 });
    const lists = page.locator('.acts');
    await lists.first().waitFor();
    expect(await lists.count()).toBe(2);
    expect(await page.locator('.card').first().locator('.acts li').allInnerTexts()).toEqual([
      expect.stringMatching(/^started by anna on lb1: deploy 42 /),
      expect.stringMatching(/^paused by user1 on lb2 /),
    ]);
    await page.locator('.ended summary').click();
    const past = await page.locator('.ended .acts li').allInnerTexts();
    // What is left out is said.
    expect(past.map((line) => line.split(' ').slice(0, 3).join(' '))).toEqual([
      'started by anna',
      ...[3, 4, 5, 6, 7].map((index) => `paused by user${index}`),
    ]);
    expect(past[0]).toContain('2 more in drain report');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(complaints).toEqual([]);
  });

  it('says which guards go on, who is down since when and why, and who is kept in', async () => {
    const nowMs = Date.now();
    const web = plainService(1, 3);
    const [first, second, third] = web.servers.map(({ key }) => key);
    const at = (ago: number) => nowMs - ago * 1_000;
    const report = {
      ...{ guard: 'g1', table: 'ipvsadm', director: 'lb1', host: 'lb1', pid: 7 },
      ...{ file: '/etc/drain/guard.yaml', sinceMs: at(900), aliveMs: at(1), patienceMs: 15_000 },
      services: [
        {
          ...{ service: web.key, servers: 3, up: 1, answeredMs: at(1), allDead: false },
          isLeftToRollout: false,
          bad: [
            {
              ...{ server: first ?? '', verdict: 'down', sinceMs: at(60), askedMs: at(2) },
              ...{ detail: '503 <b>Service</b> Unavailable', flaps: 3, kept: 'min-serving' },
            },
            {
              ...{ server: second ?? '', verdict: 'down', sinceMs: at(5), askedMs: at(1) },
              ...{ detail: 'connect ECONNREFUSED', flaps: 1 },
            },
          ],
        },
      ],
    } as unknown as GuardReport;
    const killed = { ...report, pid: 6, sinceMs: at(5_000), aliveMs: at(600) };
    const fallback = {
      ...{ table: 'ipvsadm', service: web.key, sinceMs: at(30) },
      servers: third ? [third] : [],
    };
    const { url } = await serve(() => ({
      ...viewWith([web], { guards: [report, killed], fallbacks: [fallback] }),
      atMs: nowMs,
    }));
    const { page, complaints } = await open(url, { widthPx: 360 });
    const guards = page.locator('.guard');
    await guards.first().waitFor();
    const [alive = '', dead = ''] = await guards.allInnerTexts();
    expect(alive).toMatch(/^alive since .*\/etc\/drain\/guard\.yaml on lb1, process 7/);
    expect(alive).toMatch(/1 service · 1 of 3 servers up · last answer \d\d:\d\d:\d\d/);
    expect(alive).toMatch(
      /10\.1\.0\.1:80 in .*: down since .*, 503 <b>Service<\/b> Unavailable \(asked .*, went down 3 times\)\s*kept in: minServing is reached/,
    );
    expect(alive).toMatch(/10\.1\.0\.2:80 in .*: down since .*, connect ECONNREFUSED/);
    expect(dead).toMatch(/^not alive the last of it is of /);
    const row = (server: string) => page.locator('.service tr', { hasText: server });
    expect(await row('10.1.0.1:80').textContent()).toMatch(/down since .*, kept in: minServing/);
    expect(await row('10.1.0.3:80').textContent()).toContain('fallback since');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(complaints).toEqual([]);
  });

  it('takes every text as a text', async () => {
    const script = '<script>document.title="!"</script><img src=x onerror="document.title=1">';
    const texts = [script, '</script><b>', '<!--', ...hostileTexts.map(([, text]) => text)];
    const rollouts = texts.map((text, index) =>
      rolloutView({
        rollout: `r${index}`,
        from: [text],
        to: [text],
        message: text,
        ways: index % 3 === 0 ? [] : [{ name: 'go on', command: `drain resume '${text}'` }],
        standing: index % 3 === 0 ? 'running' : 'held',
        lastGates: [{ gate: text, passed: false }],
        acts: [{ act: 'started', atMs: 1, actor: { user: text, host: text, reason: text } }],
      }),
    );
    const view = viewWith([], { rollouts, director: script });
    const { url } = await serve(() => ({ ...view, atMs: Date.now() }));
    const { page, complaints } = await open(url);
    await page
      .locator('.card')
      .nth(texts.length - 1)
      .waitFor();
    expect(await page.locator('h1').innerText()).toContain('<script>');
    expect(await page.locator('#page script, #page img, #page b b').count()).toBe(0);
    expect(await page.locator('body').innerText()).toContain('\\x1b[31m');
    expect(await page.title()).not.toMatch(/^[!1]$/);
    expect(await page.locator('.ways dt').first().innerText()).toBe('go on');
    expect(complaints).toEqual([]);
  });

  it('stays quick with 10,000 real servers, of which it draws what is asked for', async () => {
    const services = [
      plainService(9, 6_000),
      ...Array.from({ length: 200 }, (_, i) => plainService(i + 10, 20)),
    ];
    const { url } = await serve(() => ({ ...viewWith(services), atMs: Date.now() }));
    const { page, complaints } = await open(url);
    await page.locator('.service').nth(200).waitFor();
    await page.getByRole('button', { name: 'open all' }).click();
    await page.locator('.service tbody tr').nth(4_099).waitFor({ state: 'attached' });
    expect(await page.locator('.service tbody tr').count()).toBe(4_100);
    await page.getByRole('button', { name: '5,900 more' }).click();
    await expect.poll(() => page.locator('.service tbody tr').count()).toBe(4_500);
    await page.getByRole('searchbox').fill('10.9.23.11');
    await expect.poll(() => page.locator('.service').count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it('says that the director is down, and shows in grey what was', async () => {
    let table: TableView | undefined;
    const { url } = await serve(() =>
      movingView(Date.now() - 5_000, Date.now(), table ? { table } : {}),
    );
    const { page, complaints } = await open(url);
    await page.getByText('up', { exact: true }).waitFor();
    table = isDown;
    await page.getByText('Director lb1 is down', { exact: true }).waitFor();
    expect(await page.locator('.notice').innerText()).toContain('Permission denied');
    expect(await page.locator('.stale .service').count()).toBe(2);
    expect(await page.title()).toContain('DOWN');
    table = undefined;
    await page.locator('.notice').waitFor({ state: 'detached' });
    expect(await page.locator('.stale').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('shows several directors each by itself, and the rollout once', async () => {
    let other: TableView | undefined;
    const { url } = await serve(() =>
      movingPair(Date.now() - 5_000, Date.now(), other ? { table: other } : {}),
    );
    const { page, complaints } = await open(url, { widthPx: 360 });
    await page.locator('.of-rollout').nth(1).waitFor();
    expect(await page.locator('.card').count()).toBe(1);
    expect(await page.locator('.of-rollout summary').allInnerTexts()).toEqual([
      expect.stringMatching(/tcp\/10\.0\.0\.100:80 on lb1 .* on the new servers/),
      expect.stringMatching(/tcp\/10\.0\.0\.100:80 on lb2 .* on the new servers/),
    ]);
    expect(await page.locator('.director h3').allInnerTexts()).toEqual(['lb1\nup', 'lb2\nup']);
    expect(await page.title()).toMatch(/running - lb1, lb2 - drain$/);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);

    const calm = (name: string) =>
      page.getByRole('region', { name }).locator('.service', { hasText: '10.200.0.3' });
    await calm('lb2').locator('summary').click();
    await expect.poll(() => calm('lb2').innerText()).toContain('weight 0');
    expect(await calm('lb1').getAttribute('open')).toBeNull();
    await calm('lb1').locator('summary').click();
    await expect.poll(() => calm('lb1').innerText()).toContain('out: by the operator');

    other = isDown;
    await page.getByText('Director lb2 is down', { exact: true }).waitFor();
    expect(await page.locator('header .pill').innerText()).toBe('1 of 2 down');
    expect(await page.locator('.notice').innerText()).toContain('sums above are without it');
    expect(await page.title()).toMatch(/^1 OF 2 DOWN - lb1, lb2/);
    expect(await page.locator('.stale .service').count()).toBe(2);
    expect(await page.locator('.director:not(.stale) .service').count()).toBe(2);
    expect(await page.locator('.of-rollout').nth(1).innerText()).toContain('cannot be seen now');
    expect(await page.locator('.of-rollout table').count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it('says since when nobody answers, and goes on when somebody does', async () => {
    const view = () => movingView(Date.now() - 5_000, Date.now());
    const served = await servePage(view);
    const { page } = await open(served.url);
    await page.getByText('up', { exact: true }).waitFor();
    await served.close();
    await page
      .getByText(/No answer since \d\d:\d\d:\d\d/)
      .first()
      .waitFor();
    expect(await page.locator('.stale .service').count()).toBe(2);
    await serve(view, { port: Number(new URL(served.url).port) });
    await page.locator('.notice').waitFor({ state: 'detached' });
  });

  it('asks for the token of /state, and keeps it nowhere but in its memory', async () => {
    const token = '0123456789abcdef';
    const view = () => movingView(Date.now() - 5_000, Date.now());
    const { url } = await serve(view, { token });
    const html = await (await fetch(url)).text();
    expect(html).not.toContain(token);
    expect(html).not.toContain('lb1');

    // A browser has no header to send with the first request, and needs none.
    const { page } = await open(url);
    const field = page.getByLabel('The token of this drain serve');
    await field.fill('fedcba9876543210');
    await page.keyboard.press('Enter');
    await page.getByText('That is not the token.').waitFor();
    await field.fill(token);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Rollouts in progress' }).waitFor();
    const kept = '[{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href]';
    expect(await page.evaluate(`JSON.stringify(${kept})`)).not.toContain(token);
  });
});
