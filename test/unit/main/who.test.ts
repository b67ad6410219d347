import { hostname, userInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { who } from '../../../src/main/who.ts';

const host = hostname();
const job = {
  GITHUB_ACTIONS: 'true',
  GITHUB_ACTOR: 'octocat',
  GITHUB_REPOSITORY: 'o/r',
  GITHUB_RUN_ID: '42',
};

describe('whoever calls', () => {
  it('is who called sudo, else the user of the process', () => {
    expect(who({ SUDO_USER: 'anna' })).toEqual({ user: 'anna', host });
    expect(who({})).toEqual({ user: userInfo().username, host });
    expect(who({ SUDO_USER: '' })).toEqual({ user: userInfo().username, host });
  });

  it('is in a job who started it, with the address of the run', () => {
    const run = 'https://github.com/o/r/actions/runs/42';
    expect(who({ ...job, SUDO_USER: 'runner' })).toEqual({ user: 'octocat', host, run });
    expect(who({ ...job, GITHUB_ACTIONS: 'false' }).run).toBeUndefined();
    expect(who({ ...job, GITHUB_RUN_ID: undefined })).toEqual({ user: 'octocat', host });
  });

  it('takes no password into the address, nor anything that is none', () => {
    const at = (GITHUB_SERVER_URL: string) => who({ ...job, GITHUB_SERVER_URL }).run;
    expect(at('https://bot:secret@ghe.example:8443/x?token=1')).toBe(
      'https://ghe.example:8443/o/r/actions/runs/42',
    );
    expect(at('nowhere')).toBeUndefined();
  });

  it('has a name of 256 characters at most', () => {
    expect(who({ SUDO_USER: 'x'.repeat(9_999) }).user).toHaveLength(256);
  });
});
