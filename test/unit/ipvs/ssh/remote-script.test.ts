import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { answerIn, remoteScript, uptimeAfter } from '../../../../src/ipvs/ssh/remote-script.ts';

const mark = 'drain-0123456789abcdef';

function run(script: string) {
  const { stdout, stderr } = spawnSync('sh', { input: script, encoding: 'latin1' });
  return { stdout, stderr };
}

const answer = ({ stdout, stderr }: { stdout: string; stderr: string }) =>
  answerIn(mark, stdout, stderr);

describe('the script for the shell of a director', () => {
  it('runs the command with its words and lines, and no shell looks into them', () => {
    const command = [
      'sh',
      '-c',
      'printf "[%s]" "$@"; cat; echo oops >&2; exit 3',
      'sh',
      '$HOME',
      "it's",
    ];
    const [first = '', ...words] = command;
    const stdin = '-e `id` $HOME \\\n-x\n';
    expect(answer(run(remoteScript({ command: [first, ...words], stdin, mark })))).toEqual({
      ended: 3,
      stdout: `[$HOME][it's]${stdin}`,
      stderr: 'oops\n',
    });
  });

  it('does nothing at all when its end is missing, wherever it was cut', () => {
    // A line of ipvsadm -R that is cut off is another line: -w 40 becomes -w 4.
    const stdin = '-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 40\n-L --timeout\n';
    const script = remoteScript({ command: ['sh', '-c', 'echo RUN; cat'], stdin, mark });
    const whole = script.length - 1;
    for (let length = 0; length < whole; length += length < whole - 60 ? 7 : 1) {
      const { stdout, stderr } = run(script.slice(0, length));
      expect(stdout).toBe('');
      expect(answer({ stdout, stderr })).toBeUndefined();
    }
    expect(answer(run(script.slice(0, whole)))?.stdout).toBe(`RUN\n${stdin}`);
  });

  it('begins nothing that comes too late', () => {
    const command = ['echo', 'RUN'] as const;
    const up = uptimeAfter(mark, run(remoteScript({ command, stdin: '', mark })).stderr) ?? 0;
    expect(up).toBeGreaterThan(0);
    const ends = [up + 6_000, up - 1].map((latestStart) =>
      answer(run(remoteScript({ command, stdin: '', mark, latestStart }))),
    );
    expect(ends).toEqual([
      { ended: 0, stdout: 'RUN\n', stderr: '' },
      { ended: 'late', stdout: '', stderr: '' },
    ]);
  });

  it('gives megabytes of lines to the command', () => {
    const stdin = '-e -t 10.0.0.100:80 -r 10.0.0.1:80 -m -w 40\n'.repeat(50_000);
    const script = remoteScript({ command: ['md5sum'], stdin, mark });
    const sum = spawnSync('md5sum', { input: stdin, encoding: 'utf8' }).stdout;
    expect(answer(run(script))?.stdout).toBe(sum);
  });
});

describe('the answer in what came back', () => {
  it('is without what login scripts say before and after it', () => {
    const stdout = `Welcome!\n${mark} 12.34\nhalf a line${mark} 0\nBye\n`;
    const stderr = `stty: no tty\n${mark} 12.34\n${mark} 0\nlogout\n`;
    expect(answerIn(mark, stdout, stderr)).toEqual({ ended: 0, stdout: 'half a line', stderr: '' });
  });

  it.each([
    ['nothing', '', ''],
    ['garbage', '\x1b[31m\xff', '\0'],
    ['no end', `${mark} 1.00\nhalf`, `${mark} 1.00\n`],
    ['an end on one output only', `${mark} 1.00\n${mark} 0\n`, `${mark} 1.00\n`],
    ['another mark', 'drain-00 1.00\ndrain-00 0\n', 'drain-00 1.00\ndrain-00 0\n'],
    ['half an end', `${mark} 1.00\n${mark} 25`, `${mark} 1.00\n${mark} 25`],
  ])('is missing in %s', (_, stdout, stderr) => {
    expect(answerIn(mark, stdout, stderr)).toBeUndefined();
  });
});
