/** Sites of tests have tables of one name on one machine: a test of the machine's locks names a folder. */
process.env.DRAIN_RUN_DIR = '';
