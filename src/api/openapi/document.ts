import * as z from 'zod';
import { type BodyKind, bodySchemas } from '../../config/control/request-body.ts';
import { fileSchema } from '../../config/files/json-schema.ts';
import { type Operation, operations } from './operations.ts';
import { type AnswerSchema, answerSchemas } from './schemas.ts';

/** The document of the API (OpenAPI 3.1), made of the rows that routes are made of. */
export function openApiDocument(): unknown {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [operationId, operation] of Object.entries<Operation>(operations)) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method]: operationObject(operationId, operation),
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'drain control API',
      version: '1',
      description: 'Connection draining and rollouts for Linux IPVS: drain serve --control.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: {
        ...Object.fromEntries(
          Object.entries(answerSchemas).map(([name, schema]) => [name, schemaOf(schema, 'output')]),
        ),
        ...Object.fromEntries(
          Object.entries(bodySchemas).map(([kind, schema]) => [bodyName(kind), fileSchema(schema)]),
        ),
      },
    },
  };
}

function operationObject(operationId: string, operation: Operation): unknown {
  const { summary, description, role, answer } = operation;
  return {
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    'x-drain-role': role,
    parameters: [
      ...pathParameters(operation.path),
      ...queryParameters(operation.query),
      ...headerParameters(operation.headers),
    ],
    ...(operation.body === undefined
      ? {}
      : {
          requestBody: {
            required: operation.body === 'plan',
            content: { 'application/json': { schema: bodyReference(operation.body) } },
          },
        }),
    responses: {
      ...(answer.mayBeNothing ? { 200: responseOf(answer, 'there is nothing to do') } : {}),
      [answer.status]: responseOf(answer, answer.description),
      default: {
        description: 'problem details (RFC 9457)',
        content: { 'application/problem+json': { schema: reference('Problem') } },
      },
    },
  };
}

const responseOf = ({ types, schema }: Operation['answer'], description: string) => ({
  description,
  content: Object.fromEntries(
    (types ?? ['application/json']).map((type) => [
      type,
      { schema: schema ? reference(schema) : { type: 'object' } },
    ]),
  ),
});

const reference = (name: AnswerSchema) => ({ $ref: `#/components/schemas/${name}` });

const bodyReference = (kind: BodyKind) => ({ $ref: `#/components/schemas/${bodyName(kind)}` });

/** `plan` is `PlanBody`. */
const bodyName = (kind: string): string => `${kind[0]?.toUpperCase()}${kind.slice(1)}Body`;

const headerParameters = (headers: Operation['headers'] = {}): readonly unknown[] =>
  Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    required: false,
    description,
    schema: { type: 'string' },
  }));

const pathParameters = (path: string): readonly unknown[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));

function queryParameters(query: z.ZodObject | undefined): readonly unknown[] {
  if (!query) return [];
  const { properties = {}, required = [] } = schemaOf(query, 'input') as {
    readonly properties?: Readonly<Record<string, unknown>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema,
  }));
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _, ...made } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return made;
}
