// Loaded by the first that reads or writes a document, else: that takes turns of the event loop of which a
// clock that is handed in knows nothing.
import '../../src/store/documents/arounds.ts';
import '../../src/store/documents/freezes.ts';
import '../../src/store/documents/guard-report.ts';
import '../../src/store/documents/mark-schema.ts';
import '../../src/store/documents/sequences.ts';
import '../../src/store/folder/claims/claim-schema.ts';
import '../../src/store/journal-schema.ts';
import '../../src/store/trace-schema.ts';
