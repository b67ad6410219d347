import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteDefuser, defusedText } from '../../../src/terminal/defused-output.ts';
import { readCommands } from '../../support/github/runner-reads.ts';

const pieces = fc.array(
  fc.constantFrom(
    ...['::', ':', ':error::', '::add-mask::', '::stop-commands::x', '##[', '#', '##[error]'],
    ...['##[add-mask]', '[', ']', '\n', '\r', '\r\n', ' ', '\t', '\u00a0', '\u2003', '\u2028'],
    ...['\ufeff', 'a', '{', '"', '\\', '→', 'group'],
  ),
  { maxLength: 30 },
);

const inChunks = (bytes: Buffer, at: readonly number[]): string => {
  const defuse = byteDefuser();
  const cuts = [
    0,
    ...at.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b),
    bytes.length,
  ];
  const chunks = cuts.slice(1).map((end, index) => defuse(bytes.subarray(cuts[index], end)));
  return Buffer.concat(chunks).toString();
};

describe('output that a runner reads', () => {
  it('holds no command, whatever it says', () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        expect(readCommands(defusedText(parts.join('')))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('holds none in bytes that are passed on, however they are cut', () => {
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(200), { maxLength: 6 }), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const passed = inChunks(bytes, cuts);
        expect(readCommands(passed)).toEqual([]);
        expect(passed).toBe(inChunks(bytes, []));
        // Backslashes are all that is new.
        expect(passed.replaceAll('\\', '')).toBe(parts.join('').replaceAll('\\', ''));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same events as before', () => {
    fc.assert(
      fc.property(pieces, pieces, (detail, gate) => {
        const event = { type: 'gate-failed', detail: detail.join(''), gate: gate.join('') };
        const defused = defusedText(`${JSON.stringify(event)}\n`);
        expect(JSON.parse(defused)).toEqual(event);
        expect(readCommands(defused)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('is untouched where it holds nothing like a command', () => {
    const text = '14:00:00 tcp/[2001:db8::1]:80: step 1 of 4 # [x] fwm::7\n';
    expect(defusedText(text)).toBe(text);
    const bytes = Buffer.from(text);
    expect(byteDefuser()(bytes)).toBe(bytes);
  });
});
