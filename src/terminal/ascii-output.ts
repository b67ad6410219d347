import type { Output } from '../reporters/reporter.ts';
import type { ByteOutput } from './output.ts';

/** Signs of our own, each by one that takes as many columns. */
const signs: Readonly<Record<string, string>> = {
  '→': '>',
  '…': '~',
  '–': '-',
  '·': '.',
  '×': 'x',
  '÷': '/',
  '✔': '+',
  '✖': 'x',
  '⏸': '=',
  '─': '-',
  '━': '=',
  '█': '#',
  '░': '.',
  ...Object.fromEntries([...'▏▎▍▁▂▃'].map((block) => [block, '.'])),
  ...Object.fromEntries([...'▌▋▊▉▄▅▆▇'].map((block) => [block, '#'])),
};

const ours = new RegExp(`[${Object.keys(signs).join('')}]`, 'g');

/** A text for a terminal without more than ASCII: no line is longer or shorter than before. */
export const asciiText = (text: string): string => text.replace(ours, (sign) => signs[sign] ?? '?');

/** The same where nothing is counted in columns: an arrow and an ellipsis are written out. */
const asciiLine = (text: string): string =>
  asciiText(text.replaceAll('→', '->').replaceAll('…', '...'));

/**
 * An output for a locale without UTF-8, in which signs of ours are ASCII. What is meant for programs, JSON
 * and pages, has an encoding of its own.
 */
export function asciiOutput(output: Output & ByteOutput): Output & ByteOutput {
  const convert = output.isTty ? asciiText : asciiLine;
  return {
    ...output,
    write: (text, options) =>
      output.write(/^\s*(?:\{|<[!a-z])/i.test(text) ? text : convert(text), options),
    get columns() {
      return output.columns;
    },
    get rows() {
      return output.rows;
    },
  };
}

/** Tells whether somebody has set a locale (setlocale(3)) that is none of UTF-8, such as `C`. */
export function wantsAscii(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG;
  return Boolean(locale) && !/utf-?8/i.test(locale ?? '');
}
