import { describe, expect, it } from 'vitest';
import { colourSchemes } from '../../../src/charts/colours.ts';

/** Relative luminance and contrast of WCAG 2. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

const grounds = ['ground', 'panel'] as const;
const texts = ['ink', 'muted', 'good', 'bad'] as const;
const lines = ['old', 'old-2', 'old-3', 'new', 'new-2', 'new-3', 'bystander'] as const;

describe.each(['light', 'dark'] as const)('in the %s scheme', (scheme) => {
  const colours = colourSchemes[scheme];

  it.each(texts)('text in %s can be read (WCAG AA, 4.5:1)', (text) => {
    for (const ground of grounds) {
      expect(contrast(colours[text], colours[ground])).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(lines)('a line in %s stands out (WCAG AA, 3:1)', (line) => {
    expect(contrast(colours[line], colours.ground)).toBeGreaterThanOrEqual(3);
  });
});
