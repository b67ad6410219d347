import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const acknowledgement = '+';
const windowBytes = 3_000;
const longestLine = 2_000;

/**
 * Lines to and from the lab over a serial line of user-mode Linux. That line stalls for good when it
 * is given some 50 KB at once, so at most 3,000 bytes are under way to the lab at a time (each line
 * is acknowledged), and a long line goes as a file with its name in its place: `@/path`.
 */
export class SerialLine {
  readonly #output: Writable;
  readonly #folder: string;
  readonly #queue: string[] = [];
  readonly #underWay: number[] = [];
  #files = 0;

  constructor(output: Writable, input: Readable, folder: string, receive: (line: string) => void) {
    this.#output = output;
    this.#folder = folder;
    output.on('error', () => {});
    createInterface({ input }).on('line', (line) => {
      if (line === acknowledgement) this.#acknowledged();
      else receive(line);
    });
  }

  write(line: string): void {
    this.#queue.push(Buffer.byteLength(line) > longestLine ? this.#toFile(line) : line);
    this.#send();
  }

  #toFile(line: string): string {
    const file = join(this.#folder, `line-${++this.#files}`);
    writeFileSync(file, line);
    return `@${file}`;
  }

  #acknowledged(): void {
    this.#underWay.shift();
    this.#send();
  }

  #send(): void {
    for (;;) {
      const [line] = this.#queue;
      if (line === undefined) return;
      const bytes = Buffer.byteLength(line) + 1;
      if (this.#underWay.reduce((sum, one) => sum + one, bytes) > windowBytes) return;
      this.#queue.shift();
      this.#underWay.push(bytes);
      this.#output.write(`${line}\n`);
    }
  }
}
