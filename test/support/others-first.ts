import { constants, setPriority } from 'node:os';

/** What only computes lets the kernels beside it go first, whose tests live in real time. */
setPriority(constants.priority.PRIORITY_LOW);
