import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../src/reporters/text/columns.ts';
import { asciiOutput, asciiText, wantsAscii } from '../../../src/terminal/ascii-output.ts';

function shown(text: string, isTty: boolean): string {
  let written = '';
  const output = {
    ...{ isTty, columns: 80, rows: 24, movesCursor: isTty, colour: false },
    write: (more: string) => {
      written += more;
    },
    writeBytes: () => undefined,
  };
  asciiOutput(output).write(text);
  return written;
}

describe('a locale without UTF-8', () => {
  it('has arrows written out in a log, and in one column on a terminal', () => {
    const line = '00:00:00 plan: 10.0.0.1:80 → 10.0.0.2:80 …\n';
    expect(shown(line, false)).toBe('00:00:00 plan: 10.0.0.1:80 -> 10.0.0.2:80 ...\n');
    expect(shown(line, true)).toBe('00:00:00 plan: 10.0.0.1:80 > 10.0.0.2:80 ~\n');
    expect(shown('<6>a → b\n', false)).toBe('<6>a -> b\n');
  });

  it('leaves JSON and pages as they are, and the letters of others', () => {
    for (const text of ['{"message":"a → b"}\n', '<!doctype html>\n<p>→</p>\n', 'héllo\n']) {
      expect(shown(text, false)).toBe(text);
    }
  });

  it('has an ASCII sign, as wide, for every sign that reporters draw', () => {
    const folder = fileURLToPath(new URL('../../../src/reporters', import.meta.url));
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/^(?:html|github)\//.test(file))
      .map((file) =>
        readFileSync(join(folder, file), 'utf8').replace(/^ *(?:\/?\*|\/\/).*$/gm, ''),
      );
    const signs = new Set(sources.join('').match(/[^\0-\x7f]/g));
    expect(signs.size).toBeGreaterThan(15);
    for (const sign of signs) {
      expect(asciiText(sign)).toMatch(/^[ -~]$/);
      expect(columnsOf(sign)).toBe(1);
    }
  });

  it.each([
    [{ LC_ALL: 'C' }, true],
    [{ LC_ALL: 'C', LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: 'POSIX' }, true],
    [{ LANG: 'C.UTF-8' }, false],
    [{ LC_ALL: '', LC_CTYPE: 'en_US.utf8', LANG: 'C' }, false],
    [{}, false],
  ])('is one that somebody has set: %j', (env, wanted) => {
    expect(wantsAscii(env)).toBe(wanted);
  });
});
