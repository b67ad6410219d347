import cliCursor from 'cli-cursor';
import type { LiveText, StartLiveText } from '../reporters/live/live-text.ts';
import { columnsOf } from '../reporters/text/columns.ts';
import { painter } from '../reporters/text/paint.ts';
import { setLiveScreen } from './above-live-text.ts';
import { asciiText } from './ascii-output.ts';

const frameMs = 100;
const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const asciiSpinner = ['-', '\\', '|', '/'];

/** A terminal that knows these shows all of a frame at once; the others ignore them (DEC mode 2026). */
const [beginFrame, endFrame] = ['\u001b[?2026h', '\u001b[?2026l'];
const [eraseLineEnd, eraseBelow] = ['\u001b[K', '\u001b[J'];

/** All that is live on this process's terminal. */
let active: LiveArea | undefined;

/**
 * Lines that are drawn again in their place. Nothing is erased that is drawn over, and a line that is
 * the same is not drawn at all, so nothing flickers. Several that start on one terminal share it.
 */
export function liveTextOn(
  stream: NodeJS.WriteStream,
  colour: boolean,
  terminal: Terminal = { isCongested: () => false },
): StartLiveText {
  return (lines) => {
    active ??= new LiveArea(stream, colour, terminal);
    setLiveScreen(active);
    const area = active;
    const isFirst = area.sources.size === 0;
    area.sources.add(lines);
    if (isFirst) area.start();
    else area.draw();
    const live: LiveText = {
      above: (write) => area.above(write),
      stop() {
        if (!area.sources.delete(lines)) return;
        if (area.sources.size > 0) {
          area.draw();
          return;
        }
        area.stop();
        active = undefined;
        setLiveScreen(undefined);
      },
    };
    return live;
  };
}

/** A terminal that may stand still: no frame is drawn before it has taken the last one. */
interface Terminal {
  isCongested(): boolean;
  /** Whether it shows no more than ASCII. */
  readonly isAscii?: boolean;
}

class LiveArea {
  readonly sources = new Set<(rows: number) => readonly string[]>();
  private readonly stream: NodeJS.WriteStream;
  private readonly colour: boolean;
  private readonly terminal: Terminal;
  private drawn: readonly string[] = [];
  private drawnColumns = 0;
  private frame = 0;
  private isWriting = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly redraw = (): void => this.draw();

  constructor(stream: NodeJS.WriteStream, colour: boolean, terminal: Terminal) {
    this.stream = stream;
    this.colour = colour;
    this.terminal = terminal;
  }

  start(): void {
    // It comes back however this process ends.
    cliCursor.hide(this.stream);
    this.stream.on('resize', this.redraw);
    this.timer = setInterval(() => {
      this.frame++;
      this.draw();
    }, frameMs);
    this.timer.unref();
    this.draw();
  }

  stop(): void {
    clearInterval(this.timer);
    this.stream.off('resize', this.redraw);
    this.write(this.erased());
    cliCursor.show(this.stream);
  }

  above(write: () => void): void {
    if (this.isWriting) {
      write();
      return;
    }
    this.isWriting = true;
    this.stream.write(beginFrame + this.erased());
    write();
    this.isWriting = false;
    // What is not drawn now is drawn whole when the terminal goes on.
    this.stream.write((this.terminal.isCongested() ? '' : this.drawing()) + endFrame);
  }

  draw(): void {
    if (this.isWriting || this.terminal.isCongested()) return;
    this.write(this.drawing());
  }

  private write(text: string): void {
    if (text === '') return;
    this.isWriting = true;
    this.stream.write(beginFrame + text + endFrame);
    this.isWriting = false;
  }

  /** The text that draws the lines, from the cursor's place at the end of the last drawn line. */
  private drawing(): string {
    const before = this.drawn;
    const lines = this.lines();
    const isSame = this.drawnColumns === this.columns;
    if (isSame && lines.join('\n') === before.join('\n')) return '';
    const texts = lines.map((line, index) =>
      isSame && line === before[index] ? '' : `${line}${eraseLineEnd}`,
    );
    // Drawn over, lines that were broken would stay joined for when the terminal is wider again.
    const fresh = isSame ? '' : eraseBelow;
    const drawing = `${this.toStart()}${fresh}${texts.join('\n')}${this.toEnd(lines)}`;
    this.drawn = lines;
    this.drawnColumns = this.columns;
    return drawing;
  }

  private lines(): readonly string[] {
    const room = Math.max(1, (this.stream.rows || 24) - 1);
    let left = room;
    let sources = this.sources.size;
    const lines: string[] = [];
    for (const source of this.sources) {
      const own = source(Math.floor(left / sources)).slice(0, left);
      left -= own.length;
      sources--;
      lines.push(...own);
    }
    const [first = '', ...rest] = lines;
    const { isAscii = false } = this.terminal;
    const marks = isAscii ? asciiSpinner : spinner;
    const mark = marks[this.frame % marks.length] ?? '';
    const paint = painter(this.colour);
    const shown = [`${paint('cyan', mark)} ${first}`, ...rest];
    return isAscii ? shown.map(asciiText) : shown;
  }

  private erased(): string {
    const text = this.drawn.length === 0 ? '' : `${this.toStart()}${eraseBelow}`;
    this.drawn = [];
    return text;
  }

  /**
   * The text that moves to the start: a terminal that has become narrower has broken the lines that
   * are too long for it now.
   */
  private toStart(): string {
    const up = this.drawn
      .map((line) => Math.max(1, Math.ceil(columnsOf(line) / this.columns)))
      .reduce((sum, height) => sum + height, -1);
    return up > 0 ? `\u001b[${up}A\r` : '\r';
  }

  /** The text that ends a frame: the cursor behind the last line, and no rest of a longer frame. */
  private toEnd(lines: readonly string[]): string {
    const last = columnsOf(lines.at(-1) ?? '');
    return `\r${last > 0 ? `\u001b[${last}C` : ''}${eraseBelow}`;
  }

  private get columns(): number {
    return this.stream.columns || 80;
  }
}
