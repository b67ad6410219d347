import { join } from 'node:path';
import ts from 'typescript';

/** A kind of event and its fields, as the type says. */
export interface EventType {
  /** Kinds that have the same fields: `drained`, `removed`. */
  readonly types: readonly string[];
  readonly fields: readonly EventField[];
}

export interface EventField {
  readonly name: string;
  readonly isOptional: boolean;
  readonly value: string;
  /** The doc comment of the field. */
  readonly meaning: string;
}

/** Members of unions of events, each a type of a file under `root`: `[file, name of the type]`. */
export function eventTypes(
  root: string,
  unions: readonly (readonly [file: string, name: string])[],
): readonly (readonly EventType[])[] {
  const files = unions.map(([file]) => join(root, file));
  // The oldest library has all that types of events use, and is read in a tenth of the time.
  const program = ts.createProgram([...files], {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    noEmit: true,
    strict: true,
    types: [],
    lib: ['lib.es5.d.ts'],
  });
  const checker = program.getTypeChecker();
  return unions.map(([file, name]) => {
    const source = program.getSourceFile(join(root, file));
    const module = source && checker.getSymbolAtLocation(source);
    const symbol = module && checker.getExportsOfModule(module).find((one) => one.name === name);
    if (!symbol) throw new Error(`${file} has no type ${name}`);
    const union = checker.getDeclaredTypeOfSymbol(symbol);
    return membersOf(union).map((member) => eventTypeOf(checker, member));
  });
}

const membersOf = (type: ts.Type): readonly ts.Type[] => (type.isUnion() ? type.types : [type]);

function eventTypeOf(checker: ts.TypeChecker, member: ts.Type): EventType {
  const properties = checker.getPropertiesOfType(member);
  const kind = properties.find(({ name }) => name === 'type');
  const types = kind ? membersOf(checker.getTypeOfSymbol(kind)) : [];
  return {
    types: types.flatMap((type) => (type.isStringLiteral() ? [type.value] : [])),
    fields: properties
      .filter(({ name }) => name !== 'type')
      .map((property) => ({
        name: property.name,
        isOptional: (property.flags & ts.SymbolFlags.Optional) !== 0,
        value: valueText(checker, checker.getTypeOfSymbol(property)),
        meaning: ts.displayPartsToString(property.getDocumentationComment(checker)),
      })),
  };
}

/** A type as JSON has its values: `text`, `number`, `list of text`, `{SERVER: number}`. */
function valueText(checker: ts.TypeChecker, type: ts.Type): string {
  const members = membersOf(type).filter(({ flags }) => (flags & ts.TypeFlags.Undefined) === 0);
  const texts = members.map((member): string => {
    if (member.isStringLiteral()) return `"${member.value}"`;
    if (member.flags & ts.TypeFlags.StringLike) return 'text';
    if (member.flags & ts.TypeFlags.NumberLike) return 'number';
    if (member.flags & ts.TypeFlags.BooleanLike) return 'true or false';
    const [of] = checker.getTypeArguments(member as ts.TypeReference);
    if (checker.isArrayType(member) && of) return `list of ${valueText(checker, of)}`;
    const index = checker.getIndexInfoOfType(member, ts.IndexKind.String);
    if (index) return `{NAME: ${valueText(checker, index.type)}}`;
    const fields = checker
      .getPropertiesOfType(member)
      .map((one) => `${one.name}: ${valueText(checker, checker.getTypeOfSymbol(one))}`);
    return `{${fields.join(', ')}}`;
  });
  return [...new Set(texts)].join(' or ');
}
