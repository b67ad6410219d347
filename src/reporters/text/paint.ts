import { styleText } from 'node:util';

export type Style = 'green' | 'yellow' | 'red' | 'cyan' | 'gray' | 'bold';

/** Colours a text, or leaves it alone. */
export type Paint = (style: Style, text: string) => string;

/** Paints where the Output has colours, whatever this Node thinks of stdout. */
export const painter = (colour: boolean): Paint =>
  colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text;
