import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { describeTools } from '../support/describe-tools.ts';
import { drainJs, withFolder } from '../support/drain-command.ts';

/** A shell in a folder with a config file, a held rollout's state and `drain` on its path. */
const inShell = (shell: string, script: string) =>
  withFolder(async (cwd) => {
    const bin = join(cwd, 'bin');
    await mkdir(bin);
    await chmod(drainJs, 0o755);
    await symlink(drainJs, join(bin, 'drain'));
    await writeFile(
      join(cwd, 'drain.yaml'),
      'groups: { blue: [10.0.0.1], green: [10.0.0.2] }\ndefaults: { director: sim }\n',
    );
    await writeFile(join(cwd, 'script'), script);
    const state = ['--state', join(cwd, 'state')];
    const rollout = ['--from', 'blue', '--to', 'green', '--gate-command', 'false'];
    const held = await execa(
      process.execPath,
      [drainJs, ...rollout, '--on-failure', 'hold', '--output', 'json', ...state],
      { cwd, reject: false },
    );
    expect(held.exitCode, held.stderr).toBe(5);
    const id = JSON.parse(held.stdout.split('\n')[0] ?? '').rollout;
    const { stdout } = await execa(
      shell,
      [...(shell === 'fish' ? [] : ['-f']), join(cwd, 'script')],
      {
        cwd,
        env: {
          ...{ PATH: `${bin}:${process.env.PATH}`, HOME: cwd, TERM: 'dumb' },
          DRAIN_STATE: join(cwd, 'state'),
        },
        timeout: 60_000,
      },
    );
    return { stdout: stdout.replaceAll(id, 'ID'), folder: cwd };
  });

describe('completion', () => {
  it('in bash parts no address, offers names, and knows what is held', async () => {
    const { stdout } = await inShell(
      'bash',
      `eval "$(drain completion bash)"
try() { COMP_LINE=$1; COMP_POINT=\${#1}; _drain; printf '%s -> %s\\n' "$1" "\${COMPREPLY[*]}"; }
try 'drain st'
try 'drain out 10.0.0.1:'
try 'drain out b'
try 'drain --from=blue,'
try 'drain --on-timeout=re'
try 'drain rollback '
try 'drain apply scr'
try 'drain --config=dr'
try 'drain nothing '
`,
    );
    expect(stdout.split('\n')).toEqual([
      'drain st -> status',
      'drain out 10.0.0.1: -> 80',
      'drain out b -> blue',
      'drain --from=blue, -> blue,green blue,10.0.0.1:80 blue,10.0.0.3:80',
      'drain --on-timeout=re -> remove reset',
      'drain rollback  -> ID',
      'drain apply scr -> script',
      'drain --config=dr -> drain.yaml',
      'drain nothing  -> ',
    ]);
  });
});

describeTools('completion in fish', { fish: 'fish' }, () => {
  it('has the help beside each', async () => {
    const { stdout } = await inShell(
      'fish',
      `drain completion fish | source
complete -C 'drain stat'
complete -C 'drain --from g'
complete -C 'drain resume '
complete -C 'drain apply scr'
`,
    );
    expect(stdout.split('\n')).toEqual([
      'status\twhat runs, what is held, and the command that goes on',
      'green\tgroup: 10.0.0.2',
      'ID\theld: 10.0.0.1:80 → 10.0.0.2:80',
      'script',
    ]);
  });
});

describeTools('completion in zsh', { zsh: 'zsh' }, () => {
  it('ends the word at a Tab', async () => {
    const { stdout } = await inShell(
      'zsh',
      `zmodload zsh/zpty
zpty shell zsh -f -i
ask() { zpty -w -n shell "$1"$'\\t\\n'; zpty -w shell 'echo EN""D'; zpty -r shell out '*END*'; print -r -- "$out"; }
zpty -w shell 'autoload -Uz compinit; compinit -u -D; eval "$(drain completion zsh)"; echo EN""D'
zpty -r shell out '*END*'
ask 'echo drain stat'
ask ': ; drain roll'
`,
    );
    // The first is an argument of echo, which completes files; the second is completed, and run.
    expect(stdout).toContain('drain stat');
    expect(stdout).toContain("missing required argument 'id'");
  });
});
