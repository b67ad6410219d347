import fc from 'fast-check';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { beforeAll, describe, expect, it } from 'vitest';
import type { RolloutRecord } from '../../../../src/record/rollout-record.ts';
import { reportPage } from '../../../../src/reporters/html/report-page.ts';
import { hostileText } from '../../../support/hostile-texts.ts';
import { defacedRecord, largeRecord, recordedHandOver } from '../../../support/records.ts';
import { cpuMsOf } from '../../../support/stopwatch.ts';

type Node = DefaultTreeAdapterTypes.Node;
type Element = DefaultTreeAdapterTypes.Element;

const elementsOf = (node: Node): readonly Element[] => [
  ...('tagName' in node ? [node] : []),
  ...('childNodes' in node ? node.childNodes.flatMap(elementsOf) : []),
];

/** Names of elements, each with the names of its attributes; and what a browser would stumble over. */
function shapeOf(page: string): readonly string[] {
  const errors: string[] = [];
  const document = parse(page, { onParseError: ({ code }) => errors.push(code) });
  expect(errors).toEqual([]);
  return elementsOf(document).map(
    ({ tagName, attrs }) => `${tagName} ${attrs.map(({ name }) => name).join(' ')}`,
  );
}

let record: RolloutRecord;
let withGates: RolloutRecord;
beforeAll(async () => {
  record = await recordedHandOver();
  const gate = {
    atMs: record.startedAtMs + 30_000,
    gate: 'gate-http http://x/',
    gateKind: 'http',
    step: 5,
  } as const;
  withGates = {
    ...record,
    gates: [
      { ...gate, verdict: 'passed', detail: 'answered 200' },
      { ...gate, verdict: 'failed', detail: 'answered 503' },
    ],
  };
});

describe('the report of a hand-over', () => {
  it('says who, how it ended, and the seconds of ramp, pauses and drain', () => {
    const page = reportPage(record);
    expect(page).toContain('<h1>10.0.0.1:80 → 10.0.0.2:80</h1>');
    expect(page).toContain('<strong class="outcome good">Done</strong>');
    expect(page).toMatch(/<dt>in the ramp<\/dt><dd>1m<\/dd>/);
    expect(page).toMatch(/<dt>in pauses<\/dt><dd>0s<\/dd>/);
    expect(page).toMatch(/<dt>in the drain<\/dt><dd>\d+s<\/dd>/);
  });

  it('calls servers moved, and not new, where they only get another weight', () => {
    const moved = reportPage({ ...record, plan: { ...record.plan, from: [], move: 'weight' } });
    expect(moved).toContain('Share of new connections on the moved servers');
    expect(moved).toContain('that the moved servers have gone');
    expect(moved).toMatch(/10\.0\.0\.2:80, moved: /);
    expect(moved).not.toMatch(/new servers|, new: /);
    const added = reportPage({ ...record, plan: { ...record.plan, from: [], move: 'add' } });
    expect(added).toContain('Share of new connections on the new servers');
  });

  it('says who did what to it, when and why, as text', () => {
    expect(reportPage(record)).not.toContain('who and why');
    const reason = '<script>alert(1)</script> \u001b[2J';
    const acts = [
      { act: 'started', atMs: 0, actor: { user: 'anna', host: 'lb1', reason: 'deploy 42' } },
      { act: 'rolled-back', atMs: 60_000, actor: { user: '<b>bob', host: 'lb2', reason } },
    ] as const;
    const page = reportPage({ ...record, acts });
    expect(page).toContain(
      'started by anna on lb1: deploy 42 <span class="quiet">1970-01-01 00:00:00',
    );
    expect(page).toContain(
      'rolled back by &#60;b&#62;bob on lb2: &#60;script&#62;alert(1)&#60;/script&#62; \\x1b[2J',
    );
    shapeOf(page);
  });

  it('has a picture of shares, of weights and of active and inactive connections', () => {
    const titles = [...reportPage(record).matchAll(/<figcaption>([^<]*)</g)].map(([, one]) => one);
    expect(titles).toEqual([
      'Share of new connections on the new servers',
      'Base weights',
      'Active connections',
      'Inactive connections',
    ]);
  });

  it('draws base weights, and says so of the scale of the ramp', () => {
    const page = reportPage(record);
    const [{ scale } = { scale: undefined }] = record.plan.directors[0]?.services ?? [];
    expect(scale?.multiplier).toBeGreaterThan(1);
    expect(page).toContain(`in the table all weights are multiplied by ${scale?.multiplier}`);
    const [legend = ''] = page.match(/<figcaption>Base weights[\s\S]*?<\/ul>/) ?? [];
    expect(legend).toContain('10.0.0.1:80, old: 4 → none');
    expect(legend).toContain('10.0.0.3:80, bystander: 4<');
    // The axis is that of the base weights, so that the ramp does not lie on the line of 0.
    const [, drawing = ''] = page.split('aria-label="Base weights">');
    const labels = [...(drawing.split('</svg>')[0] ?? '').matchAll(/>(\d+)<\/text>/g)];
    expect(labels.map(([, label]) => Number(label))).toEqual([0, 1, 2, 3, 4]);
  });

  it('says in a line each what is moved, planned and delivered', () => {
    const words = [...reportPage(record).matchAll(/<div><dt>(\w+)<\/dt><dd>([^<]+)<\/dd>/g)];
    expect(words.slice(-3).map(([, word]) => word)).toEqual(['moved', 'planned', 'delivered']);
    for (const [, , meaning = ''] of words.slice(-3)) expect(meaning.length).toBeLessThan(90);
  });

  it('has the commands on and back where it is held, to be pasted where its state is', async () => {
    const held = await recordedHandOver({ events: [{ atMs: 20_500, interrupt: true }] });
    const page = reportPage(held, { options: ['--state', '/srv/my drain'] });
    const id = held.rollout;
    const commands = [...page.matchAll(/<dt>([\w ]+)<\/dt><dd><code>([^<]+)<\/code>/g)];
    expect(commands.map(([, name, text]) => [name, text?.replaceAll('&#39;', "'")])).toEqual([
      ['go on', `drain resume ${id} --state '/srv/my drain'`],
      ['go back', `drain rollback ${id} --state '/srv/my drain'`],
    ]);
    expect(reportPage(record)).not.toContain('<dl class="ways">');
  });

  it('offers the end of the wait where all that is missing is that clients leave', async () => {
    const held: RolloutRecord = {
      ...record,
      end: { outcome: 'held', exitCode: 4, message: '10.0.0.1:80 still has 3 connections' },
    };
    expect(reportPage(held)).toContain(
      `<dt>or</dt><dd><code>drain resume ${record.rollout} --on-timeout remove</code>`,
    );
  });

  it('says how long ramp and drain will still take while it is under way', () => {
    const { end: _, ...open } = record;
    const atMs = (s: number) => record.startedAtMs + s * 1_000;
    const of = (untilMs: number, due: RolloutRecord['due']) =>
      reportPage({ ...open, untilMs, due });
    const clock = new Date(atMs(60)).toISOString().slice(11, 19);
    expect(of(atMs(20), { rampEndMs: atMs(60) })).toContain(
      `<dt>ramp left <small>until ${clock} UTC</small></dt><dd>40s</dd>`,
    );
    expect(of(atMs(20), { drainDeadlineMs: atMs(60) })).toContain(
      `<dt>at most for the drain <small>until ${clock} UTC, then hold</small></dt><dd>40s</dd>`,
    );
  });

  it('has a row for every step, and the planned share in it', () => {
    const page = reportPage(record);
    const rows = page.match(/<tr><td class="n">\d+<\/td><td class="t">.*/g) ?? [];
    expect(rows).toHaveLength(record.steps.length);
    expect(rows.at(-1)).toContain('<td class="n">50.0 %</td>');
  });

  it('counts passes and failures of each gate, and says what it said last', () => {
    const page = reportPage(withGates);
    expect(page).toContain('<code>gate-http http://x/</code>');
    expect(page).toContain('failed before step 5: answered 503');
  });

  it('is the same page for the same record, whatever was drawn before', () => {
    const page = reportPage(record);
    reportPage(withGates);
    expect(reportPage(record)).toBe(page);
  });

  it('has no script, asks for nothing, and tells the browser so', () => {
    const page = reportPage(record);
    expect(
      shapeOf(page).filter((one) => /^(script|link|img|iframe|base|form)\b/.test(one)),
    ).toEqual([]);
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page.match(/(src|href)=|url\((?!#)|@import/g)).toBeNull();
  });

  it('defines every name once', () => {
    const ids = [...reportPage(record).matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(ids.length).toBeGreaterThan(4);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is made of a rollout without a trace, and of one that is not over', () => {
    const { end: _, environment: __, ...open } = record;
    const bare = {
      ...open,
      events: [],
      gates: [],
      steps: [],
      spans: [],
      untilMs: open.startedAtMs,
      services: open.services.map((service) => ({
        ...service,
        delivered: [],
        servers: service.servers.map((server) => ({ ...server, connections: [] })),
      })),
    };
    const page = reportPage(bare);
    shapeOf(page);
    expect(page).toContain('Not over');
    expect(page).toContain('No new connections were counted');
  });
});

describe('texts from outside', () => {
  /** With a few pictures, which have no texts from outside but in their legends. */
  let small: RolloutRecord;
  let plain: readonly string[];
  beforeAll(() => {
    const services = withGates.services.map((service) => ({
      ...service,
      delivered: service.delivered.slice(0, 2),
      servers: service.servers.map((server) => ({ ...server, connections: [] })),
    }));
    small = { ...withGates, services };
    plain = shapeOf(reportPage(defacedRecord(small, 'plain')));
  });

  it.each([
    ['a script', '<script>alert(1)</script>'],
    ['the end of a title', '</title><script>alert(1)</script>'],
    ['the end of a picture', '</text></svg><img src=x onerror=alert(1)>'],
    ['the end of an attribute', `"><b onmouseover='alert(1)'>`],
    ['the end of a style', '</style><script>alert(1)</script>'],
    ['a comment', '<!--'],
    ['characters as numbers', '&#60;script&#62;&lt;script&gt;'],
    ['all that a shell or a terminal would hear', hostileText],
    ['nothing', ''],
  ])('are text in the page: %s', (_, text) => {
    const page = reportPage(defacedRecord(small, text));
    expect(shapeOf(page)).toEqual(plain);
    expect(page).not.toMatch(/[^\P{C}\n]/u);
  });

  it('are text whatever they are', () => {
    const markup = fc.stringMatching(/^[<>&"'/!a-z=#; -]{1,40}$/);
    fc.assert(
      fc.property(fc.oneof(markup, fc.string({ unit: 'binary', minLength: 1 })), (text) => {
        expect(shapeOf(reportPage(defacedRecord(small, text)))).toEqual(plain);
      }),
      { numRuns: 10 },
    );
  });
});

describe('the report of ten thousand steps in fifty services over twelve hours', () => {
  it('is smaller than 2 MB, and takes seconds', () => {
    const large = largeRecord(withGates, { steps: 10_000, services: 50, samples: 5_000 });
    let page = '';
    const tookMs = cpuMsOf(() => {
      page = reportPage(large);
    });
    expect(Buffer.byteLength(page)).toBeLessThan(2_000_000);
    expect(tookMs).toBeLessThan(10_000);
    expect(page.match(/<details>/g)).toHaveLength(46);
    shapeOf(page);
  });
});
