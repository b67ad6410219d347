const { openSync, readSync } = require('node:fs');
const { dirname } = require('node:path');
const { openChunks } = require('./chunks.js');

/**
 * Opens the chunks of a file, which stays open: a process that goes on for hours has the chunks it began
 * with, whatever an upgrade puts in their place.
 */
exports.openFile = (file) => {
  const descriptor = openSync(file);
  const read = (position, length) => {
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let at = 0; at < length; ) {
      const got = readSync(descriptor, bytes, at, length - at, position + at);
      if (got === 0) throw new Error(`${file} is shorter than its index says`);
      at += got;
    }
    return bytes;
  };
  return openChunks({ read, folder: dirname(file) });
};
