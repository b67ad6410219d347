import { describe, expect, it } from 'vitest';
import {
  type Distrust,
  distrustFailure,
  distrustOf,
  type OwnedPath,
} from '../../../src/domain/places/trust.ts';

const path = (fields: Partial<OwnedPath>): OwnedPath => ({
  path: '/srv/app/drain.yaml',
  uid: 1000,
  mode: 0o644,
  isGroupOfOwner: false,
  ...fields,
});

const ann = { uid: 1000 };
const root = { uid: 0 };
const rootForAnn = { uid: 0, sudoUid: 1000 };

describe('a file is obeyed', () => {
  it.each([
    ['of the user', [path({})], ann],
    ['of root', [path({ uid: 0 })], ann],
    ['of root, by root', [path({ uid: 0 })], root],
    ['of whoever called sudo and named it', [path({})], rootForAnn],
    [
      'in /tmp, where nobody replaces it',
      [path({}), path({ path: '/tmp', uid: 0, mode: 0o1777 })],
      ann,
    ],
    ['that a group of one may write', [path({ mode: 0o664, isGroupOfOwner: true })], ann],
    [
      'that was named, in a folder of another user',
      [path({}), path({ uid: 7, mode: 0o755, ofAnybody: true })],
      ann,
    ],
  ])('%s', (_, paths, obeying) => {
    expect(distrustOf(paths, obeying)).toBeUndefined();
  });
});

describe('a file is not obeyed', () => {
  it.each<[string, OwnedPath, { uid: number }, Distrust['kind']]>([
    ['of another user', path({ uid: 1001 }), ann, 'foreign-owner'],
    ['of another user, by root', path({}), root, 'foreign-owner'],
    ['that everybody may write', path({ mode: 0o666 }), ann, 'writable-by-others'],
    [
      'that everybody but the group may write',
      path({ mode: 0o646, isGroupOfOwner: true }),
      ann,
      'writable-by-others',
    ],
    ['that a group may write', path({ mode: 0o664 }), ann, 'writable-by-others'],
    ['in a folder that a group may write', path({ mode: 0o775 }), ann, 'writable-by-others'],
    [
      'that was named, in a folder that everybody may write',
      path({ uid: 7, mode: 0o777, ofAnybody: true }),
      ann,
      'writable-by-others',
    ],
    ['in a sticky folder of another user', path({ uid: 7, mode: 0o1777 }), ann, 'foreign-owner'],
    [
      'that everybody may write, of root',
      path({ uid: 0, mode: 0o666 }),
      root,
      'writable-by-others',
    ],
  ])('%s', (_, found, obeying, kind) => {
    expect(distrustOf([path({ uid: 0 }), found], obeying)).toEqual({ kind, found });
  });
});

describe('the refusal', () => {
  const file = { what: './drain.yaml' };

  it.each([
    ['foreign-owner', path({ uid: 1001 }), root, 'chown 0 /srv/app/drain.yaml'],
    ['foreign-owner', path({ uid: 1001 }), ann, 'sudo chown 1000 /srv/app/drain.yaml'],
    ['writable-by-others', path({ mode: 0o666 }), ann, 'chmod go-w /srv/app/drain.yaml'],
    [
      'writable-by-others',
      path({ uid: 0, mode: 0o666 }),
      ann,
      'sudo chmod go-w /srv/app/drain.yaml',
    ],
    [
      'writable-by-others',
      path({ path: '/srv/my app', mode: 0o777 }),
      root,
      "chmod go-w '/srv/my app'",
    ],
    [
      'writable-by-others',
      path({ path: '-x/drain.yaml', mode: 0o666 }),
      ann,
      'chmod go-w ./-x/drain.yaml',
    ],
    ['writable-by-others', path({ path: 'x-', mode: 0o666 }), ann, 'chmod go-w x-'],
  ] as const)('for %s of %j by %j names the command that mends it', (kind, found, by, command) => {
    const failure = distrustFailure({ kind, found }, by, file);
    expect(failure.kind).toBe('preflight');
    expect(failure.next).toBe(`if you trust it as it is: ${command}`);
  });

  it('says what, where and why', () => {
    const found = path({ mode: 0o100666 });
    const state = { what: 'the state in /srv', tree: '/srv', otherwise: 'or another way' };
    expect(distrustFailure({ kind: 'writable-by-others', found }, root, state)).toEqual({
      kind: 'preflight',
      what: 'the state in /srv is not obeyed: others decide what is in it',
      where: '/srv/app/drain.yaml: others may write it (mode 0666)',
      next: 'if you trust it as it is: chmod -R go-w /srv; or another way',
    });
  });
});
