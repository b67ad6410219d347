const { dirname } = require('node:path');
const { getRawAsset } = require('node:sea');
const { openChunks } = require('../bin/chunks.js');

// Mapped with the program itself, so it stays what it was when another version is put in its place.
const bytes = Buffer.from(getRawAsset('drain.chunks'));
const read = (position, length) =>
  Uint8Array.prototype.slice.call(bytes, position, position + length);
openChunks({ read, folder: dirname(process.execPath) }).load('main.js');
