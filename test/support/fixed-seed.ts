import fc from 'fast-check';

/** `DRAIN_SEED=7` makes every property try the same values again; without it they are new each time. */
const seed = Number(process.env.DRAIN_SEED || Number.NaN);
if (Number.isInteger(seed)) fc.configureGlobal({ seed });
