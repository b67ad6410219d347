/** A stream of pseudo-random numbers: the same seed gives the same numbers on every machine. */
export interface Prng {
  /** A number in [0, 1). */
  next(): number;
  /** A whole number in 0...limit-1. */
  below(limit: number): number;
  /** A number of the exponential distribution, as the gaps between independent arrivals have it. */
  exponential(mean: number): number;
  /** Another stream, independent of this one and of how far this one has been read. */
  fork(name: string): Prng;
}

/** Chris Doty-Humphrey's sfc32: small, fast, and without the patterns of a linear generator. */
export function createPrng(seed: number): Prng {
  let a = seed >>> 0;
  let b = Math.floor(seed / 2 ** 32) >>> 0;
  let c = 0x9e3779b9;
  let counter = 1;

  const uint32 = (): number => {
    const result = (a + b + counter++) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + result) >>> 0;
    return result;
  };
  // Neighbouring seeds start out alike; a few rounds pull them apart.
  for (let round = 0; round < 15; round++) uint32();

  const next = (): number => uint32() / 2 ** 32;
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    exponential: (mean) => -mean * Math.log(1 - next()),
    fork: (name) => createPrng(hash(`${seed}/${name}`)),
  };
}

/** The FNV-1a hash of a text. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return value;
}
