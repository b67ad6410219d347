import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/files/config-file.ts';
import { parsePlanFile } from '../../../src/config/files/plan-file.ts';
import { layered } from '../../../src/config/options/options.ts';
import { readToolSettings } from '../../../src/config/settings/settings.ts';
import { noticeGroups } from '../../../src/domain/events/notice.ts';

const notifyOf = (text: string) => {
  const config = parseConfig(text, 'drain.yaml');
  if (!config.ok) throw new Error(config.failure.what);
  const tools = readToolSettings(config.value.defaults);
  return tools.ok ? tools.value.notify : undefined;
};

describe('notify', () => {
  it('of a config file names webhooks and commands', () => {
    const text = `
notify:
  - webhook: https://hooks.example.com/drain
    on: [hold, failure, rollback]
    secretFile: /etc/drain/secret
  - command: ./page.sh {rollout}
`;
    expect(notifyOf(text)).toEqual([
      {
        kind: 'webhook',
        url: 'https://hooks.example.com/drain',
        on: ['hold', 'failure', 'rollback'],
        secretFile: '/etc/drain/secret',
      },
      { kind: 'command', words: ['./page.sh', '{rollout}'], on: noticeGroups },
    ]);
    expect(notifyOf(text.replace('notify:', 'defaults:\n notify:'))).toEqual(notifyOf(text));
    expect(notifyOf('names: {blue: 10.0.0.1}')).toEqual([]);
  });

  it('of a plan stands above that of the config, an empty one too', () => {
    const config = parseConfig('notify: [{command: ./page.sh}]', 'drain.yaml');
    if (!config.ok) throw new Error(config.failure.what);
    const toldBy = (plan: string) => {
      const parsed = parsePlanFile(plan, 'plan.yaml');
      if (!parsed.ok) throw new Error(parsed.failure.what);
      return parsed.value.map((given) => {
        const tools = readToolSettings(layered(given, config.value.defaults));
        return tools.ok ? tools.value.notify.map((one) => 'words' in one && one.words[0]) : [];
      });
    };
    expect(toldBy('{from: a, to: b}')).toEqual([['./page.sh']]);
    expect(toldBy('{from: a, to: b, notify: []}')).toEqual([[]]);
    const list = `defaults: {notify: [{command: ./all.sh}]}
rollouts:
  - {from: a, to: b}
  - {from: b, to: c, notify: [{command: ./last.sh}]}
`;
    expect(toldBy(list)).toEqual([['./all.sh'], ['./last.sh']]);
  });

  it.each([
    ['notify: [{webhook: https://u:T0KEN@h/}]', '1:20', 'has a user or a password in it'],
    ['notify: [{webhook: "ftp://h/T0KEN"}]', '1:20', 'this is no http:// or https:// URL'],
    ['notify: [{webhook: "https://[T0KEN/"}]', '1:20', 'this is no http:// or https:// URL'],
    ['notify: [{webhook: https://h/T0KEN, command: x}]', '1:10', 'name one of them'],
    ['notify:\n  - on: [done]', '2:5', 'name one of them'],
    ['notify: [{command: x, secretFile: T0KEN}]', '1:35', 'a command gets none'],
    ['notify: [{command: "page \\"T0KEN"}]', '1:20', 'holds a quote'],
    ['notify: [{command: x, on: [held]}]', '1:28', 'write some of start, hold, failure'],
    ['notify: [{command: x, on: []}]', '1:27', 'write some of start, hold, failure'],
    ['notify: [{command: x, on: done}]', '1:27', 'write a list of some of start'],
    ['notify: {command: x}', '1:9', 'a list is needed'],
    ['notify: [{webhook: https://h/, secret: T0KEN}]', '1:32', '"secret" is no field here'],
    ['notify: []\ndefaults: {notify: []}', '1:1', 'notify stands here and under defaults'],
  ])('%j is refused at %s: %s', (text, place, what) => {
    const config = parseConfig(text, 'drain.yaml');
    if (config.ok) throw new Error('it was taken');
    expect(config.failure.where).toBe(`drain.yaml:${place}`);
    expect(config.failure.what).toContain(what);
    if (!text.includes('page')) expect(JSON.stringify(config.failure)).not.toContain('T0KEN');
  });

  it('lists its own fields when one is wrong', () => {
    const plan = parsePlanFile('{from: a, notify: [{url: https://h/}]}', 'plan.yaml');
    expect(plan).toMatchObject({
      ok: false,
      failure: {
        where: 'plan.yaml:1:21',
        next: 'allowed are webhook, command, on, secretFile',
      },
    });
  });
});
