import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/files/config-file.ts';
import { resolveDirector } from '../../../src/config/names/known-directors.ts';

function directorsOf(text: string) {
  const config = parseConfig(text, 'drain.yaml');
  if (!config.ok) throw new Error(config.failure.what);
  return config.value.directors;
}

const known = directorsOf(`directors:
  lb1: ssh://root@10.0.0.9
  lb2: {director: 'ssh://ops@lb2.example:2222', ipvsadm: sudo -n ipvsadm}
  inner: {director: local, ipvsadm: ip netns exec lb ipvsadm}
  kept: {director: local, manager: {keepalived: watch}}
`);

describe('a director of the config file', () => {
  it.each([
    ['lb1', { where: 'ssh://root@10.0.0.9', ipvsadm: 'usual', name: 'lb1' }],
    ['lb2', { where: 'ssh://ops@lb2.example:2222', ipvsadm: 'sudo -n ipvsadm', name: 'lb2' }],
    ['inner', { where: 'local', ipvsadm: 'ip netns exec lb ipvsadm', name: 'inner' }],
    ['kept', { where: 'local', ipvsadm: 'usual', name: 'kept', manager: { keepalived: 'watch' } }],
    ['local', { where: 'local', ipvsadm: 'usual' }],
    ['ssh://lb9', { where: 'ssh://lb9', ipvsadm: 'usual' }],
    ['constructor', { where: 'constructor', ipvsadm: 'usual' }],
  ])('%s is found by its name, and everything else is what it says', (text, director) => {
    expect(resolveDirector(text, known, 'usual')).toEqual(director);
  });

  it.each([
    ['directors: {lb1: ssh://-oProxyCommand=id}', 1, /"ssh:\/\/-oProxy.*" is no director/],
    ['directors:\n  lb1: {director: lb1}', 2, /"lb1" is no director/],
    ['directors:\n  lb1: {direct: local}', 2, /./],
    ['directors:\n  local: ssh://lb1', 2, /not local or sim/],
    ['directors:\n  "-x": ssh://lb1', 2, /a name of letters/],
    ['directors: [ssh://lb1]', 1, /directors/],
    ['directors:\n  lb1: {director: sim, manager: {keepalived: watch}}', 2, /no keepalived beside/],
    ['directors:\n  lb1: {director: local, manager: {keepalived: wait}}', 2, /track-files/],
    ['directors:\n  lb1: {director: local, manager: {keepalive: watch}}', 2, /keepalived/],
  ])('%j is refused, with its place', (text, line, what) => {
    const config = parseConfig(text, 'drain.yaml');
    expect(config).toMatchObject({
      ok: false,
      failure: {
        kind: 'usage',
        what: expect.stringMatching(what),
        where: expect.stringMatching(new RegExp(`^drain\\.yaml:${line}:`)),
      },
    });
  });
});
