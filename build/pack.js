import { renameSync, writeFileSync } from 'node:fs';

/**
 * Writes scripts as the one file that bin/chunks.js reads, in one rename: whoever starts meanwhile has the
 * old ones or the new ones, and whoever runs keeps those it has open. A script is `{ names, text, cache? }`.
 */
export function writePack(file, scripts) {
  let offset = 0;
  const places = [];
  const parts = [];
  for (const { names, text, cache = Buffer.alloc(0) } of scripts) {
    const bytes = Buffer.from(text);
    places.push([offset, cache.length, bytes.length, names]);
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
