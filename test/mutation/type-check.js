import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** Tells why the type check refuses a mutant; `undefined` where it does not. */
export function createTypeCheck() {
  const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: ['src'] },
    ts.sys,
    process.cwd(),
  );
  const files = new Map();
  const host = {
    ...ts.sys,
    useCaseSensitiveFileNames: () => true,
    getScriptFileNames: () => [...files.keys()],
    getScriptVersion: (file) => String(files.get(file)?.version ?? 0),
    getScriptSnapshot(file) {
      const text = files.get(file)?.text ?? ts.sys.readFile(file);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => process.cwd(),
    // What a mutant leaves unused is no fault of its types.
    getCompilationSettings: () => ({
      ...options,
      noUnusedLocals: false,
      noUnusedParameters: false,
      allowUnreachableCode: true,
    }),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  };
  const service = ts.createLanguageService(host, ts.createDocumentRegistry());
  return ({ fileName, location, replacement }) => {
    const before = readFileSync(fileName, 'utf8');
    const at = ({ line, column }) => {
      const lines = before.split('\n').slice(0, line);
      return lines.reduce((sum, text) => sum + text.length + 1, column);
    };
    const text = before.slice(0, at(location.start)) + replacement + before.slice(at(location.end));
    const version = (files.get(fileName)?.version ?? 0) + 1;
    files.set(fileName, { version, text });
    const [first] = [
      ...service.getSyntacticDiagnostics(fileName),
      ...service.getSemanticDiagnostics(fileName),
    ];
    files.set(fileName, { version: version + 1, text: before });
    return first && ts.flattenDiagnosticMessageText(first.messageText, ' ');
  };
}
