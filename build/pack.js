import { renameSync, writeFileSync } from 'node:fs';

/**
 * Writes chunks as the one file that bin/chunks.js reads, in one rename: whoever starts meanwhile has the
 * old ones or the new ones, and whoever runs keeps those it has open. A chunk is `{ name, text, cache? }`.
 */
export function writePack(file, chunks) {
  let offset = 0;
  const places = {};
  const parts = [];
  for (const { name, text, cache = Buffer.alloc(0) } of chunks) {
    const bytes = Buffer.from(text);
    places[name] = [offset, cache.length, bytes.length];
    parts.push(cache, bytes);
    offset += cache.length + bytes.length;
  }
  const index = JSON.stringify(places);
  const half = `${file}.${process.pid}`;
  writeFileSync(
    half,
    Buffer.concat([Buffer.from(`${index.length}`.padStart(8)), Buffer.from(index), ...parts]),
  );
  renameSync(half, file);
}
