/**
 * A small assembler for WebAssembly. Kernels are written as typed expressions in TypeScript and encoded when the
 * package loads, so there is no compiler, no build step and no binary that could differ from its source.
 *
 * It covers only the instructions that the kernels need: 32-bit integers, doubles, 128-bit vectors and bulk memory. The
 * structure follows the binary format chapter of the WebAssembly core specification.
 */

export type ValueType = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** Encoded instructions that leave one value of `type` on the stack, or nothing for `void`. */
export interface Expression {
  readonly type: ValueType | 'void';
  readonly code: readonly number[];
}

/** A local variable; reading it is an expression. */
export interface Local extends Expression {
  readonly index: number;
}

/** Numbers are constants of the type that the instruction takes. */
export type Operand = Expression | number;

export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly result: ValueType | 'void';
  readonly locals: readonly ValueType[];
  readonly code: readonly number[];
}

const TYPE_CODES: Record<ValueType, number> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const BLOCK_VOID = 0x40;

function unsignedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
      bytes.push(low);
      return bytes;
    }
    bytes.push(low | 0x80);
  }
}

function constant(type: ValueType, value: number): Expression {
  switch (type) {
    case 'i32':
      return { type, code: [0x41, ...signedLeb(value)] };
    case 'i64':
      return { type, code: [0x42, ...signedLeb(value)] };
    case 'f32':
      return { type, code: [0x43, ...new Uint8Array(new Float32Array([value]).buffer)] };
    case 'f64':
      return { type, code: [0x44, ...new Uint8Array(new Float64Array([value]).buffer)] };
    case 'v128':
      throw new Error('a vector constant is written with splat');
    default:
      return type satisfies never;
  }
}

function lift(type: ValueType, operand: Operand): Expression {
  return typeof operand === 'number' ? constant(type, operand) : operand;
}

type Opcode = readonly number[];

function binary(opcode: Opcode, operand: ValueType, type: ValueType = operand) {
  return (a: Operand, b: Operand): Expression => ({
    type,
    code: [...lift(operand, a).code, ...lift(operand, b).code, ...opcode],
  });
}

function unary(opcode: Opcode, operand: ValueType, type: ValueType = operand) {
  return (a: Operand): Expression => ({ type, code: [...lift(operand, a).code, ...opcode] });
}

/** Defines a load. `offset` is in bytes and free to add; `alignment` is the log2 that the format requires. */
function loadAt(opcode: Opcode, alignment: number, type: ValueType) {
  return (address: Operand, offset = 0): Expression => ({
    type,
    code: [...lift('i32', address).code, ...opcode, alignment, ...unsignedLeb(offset)],
  });
}

function storeAt(opcode: Opcode, alignment: number, operand: ValueType) {
  return (address: Operand, value: Operand, offset = 0): Expression => ({
    type: 'void',
    code: [...lift('i32', address).code, ...lift(operand, value).code, ...opcode, alignment, ...unsignedLeb(offset)],
  });
}

const simd = (opcode: number): number[] => [0xfd, ...unsignedLeb(opcode)];

export const i32 = {
  load: loadAt([0x28], 2, 'i32'),
  load8u: loadAt([0x2d], 0, 'i32'),
  store: storeAt([0x36], 2, 'i32'),
  store8: storeAt([0x3a], 0, 'i32'),
  constant: (value: number): Expression => constant('i32', value),
  eqz: unary([0x45], 'i32'),
  eq: binary([0x46], 'i32'),
  ne: binary([0x47], 'i32'),
  ltS: binary([0x48], 'i32'),
  ltU: binary([0x49], 'i32'),
  add: binary([0x6a], 'i32'),
  sub: binary([0x6b], 'i32'),
  mul: binary([0x6c], 'i32'),
  and: binary([0x71], 'i32'),
  xor: binary([0x73], 'i32'),
  shl: binary([0x74], 'i32'),
  shrU: binary([0x76], 'i32'),
  wrapI64: unary([0xa7], 'i64', 'i32'),
  ctz: unary([0x68], 'i32'),
  truncF64: unary([0xaa], 'f64', 'i32'),
} as const;

export const i64 = {
  load: loadAt([0x29], 3, 'i64'),
  shl: binary([0x86], 'i64'),
  shrU: binary([0x88], 'i64'),
  add: binary([0x7c], 'i64'),
  extendI32: unary([0xac], 'i32', 'i64'),
} as const;

export const f32 = {
  load: loadAt([0x2a], 2, 'f32'),
  store: storeAt([0x38], 2, 'f32'),
  eq: binary([0x5b], 'f32', 'i32'),
  gt: binary([0x5e], 'f32', 'i32'),
  demoteF64: unary([0xb6], 'f64', 'f32'),
} as const;

export const f64 = {
  load: loadAt([0x2b], 3, 'f64'),
  store: storeAt([0x39], 3, 'f64'),
  constant: (value: number): Expression => constant('f64', value),
  eq: binary([0x61], 'f64', 'i32'),
  ne: binary([0x62], 'f64', 'i32'),
  lt: binary([0x63], 'f64', 'i32'),
  gt: binary([0x64], 'f64', 'i32'),
  ge: binary([0x66], 'f64', 'i32'),
  floor: unary([0x9c], 'f64'),
  nearest: unary([0x9e], 'f64'),
  add: binary([0xa0], 'f64'),
  sub: binary([0xa1], 'f64'),
  mul: binary([0xa2], 'f64'),
  div: binary([0xa3], 'f64'),
  min: binary([0xa4], 'f64'),
  max: binary([0xa5], 'f64'),
  abs: unary([0x99], 'f64'),
  neg: unary([0x9a], 'f64'),
  copySign: binary([0xa6], 'f64'),
  promoteF32: unary([0xbb], 'f32', 'f64'),
  reinterpretI64: unary([0xbf], 'i64', 'f64'),
  convertI32: unary([0xb7], 'i32', 'f64'),
} as const;

export const v128 = {
  load: loadAt(simd(0x00), 4, 'v128'),
  /** Loads 8 bytes into the low half and zeroes the high half. */
  load64Zero: loadAt(simd(0x5d), 3, 'v128'),
  /** Loads 4 bytes into every lane. */
  load32Splat: loadAt(simd(0x09), 2, 'v128'),
  store: storeAt(simd(0x0b), 4, 'v128'),
  and: binary(simd(0x4e), 'v128'),
  /** a & ~b. */
  andNot: binary(simd(0x4f), 'v128'),
  or: binary(simd(0x50), 'v128'),
  ones: (): Expression => ({ type: 'v128', code: [...simd(0x0c), ...new Array<number>(16).fill(0xff)] }),
} as const;

export const i32x4 = {
  extractLane: (vector: Expression, lane: number): Expression => ({
    type: 'i32',
    code: [...vector.code, ...simd(0x1b), lane],
  }),
} as const;

export const f32x4 = {
  gt: binary(simd(0x44), 'v128'),
  le: binary(simd(0x45), 'v128'),
} as const;

export const f64x2 = {
  add: binary(simd(0xf0), 'v128'),
  sub: binary(simd(0xf1), 'v128'),
  mul: binary(simd(0xf2), 'v128'),
  splat: unary(simd(0x14), 'f64', 'v128'),
  extractLane: (vector: Expression, lane: number): Expression => ({
    type: 'f64',
    code: [...vector.code, ...simd(0x21), lane],
  }),
  convertLowI32: unary(simd(0xfe), 'v128'),
} as const;

export const memory = {
  fill: (address: Operand, byte: Operand, length: Operand): Expression => ({
    type: 'void',
    code: [...lift('i32', address).code, ...lift('i32', byte).code, ...lift('i32', length).code, 0xfc, 0x0b, 0x00],
  }),
  copy: (target: Operand, source: Operand, length: Operand): Expression => ({
    type: 'void',
    code: [
      ...lift('i32', target).code,
      ...lift('i32', source).code,
      ...lift('i32', length).code,
      0xfc,
      0x0a,
      0x00,
      0x00,
    ],
  }),
} as const;

/** Writes the body of one function. Every method appends instructions in order. */
export interface BodyWriter {
  /** Declares a local and sets it to `value`. */
  let(value: Expression): Local;
  set(local: Local, value: Operand): void;
  /** Appends an expression that leaves no value, such as a store. */
  run(statement: Expression): void;
  if(condition: Expression, then: () => void, otherwise?: () => void): void;
  /** A loop that tests the condition before each iteration. */
  while(condition: Expression, body: () => void): void;
  /** `for (local = from; local < end; local += step)`, unsigned. */
  range(from: Operand, end: Operand, step: Operand, body: (local: Local) => void): void;
}

/** Defines a function. `write` receives a writer and one local per parameter, and may return the function's result. */
export function defineFunction(
  name: string,
  parameters: readonly ValueType[],
  write: (body: BodyWriter, ...parameters: Local[]) => Expression | undefined,
): FunctionDefinition {
  const code: number[] = [];
  const locals: ValueType[] = [];
  const localAt = (type: ValueType, index: number): Local => ({ type, index, code: [0x20, ...unsignedLeb(index)] });
  const declare = (type: ValueType): Local => {
    locals.push(type);
    return localAt(type, parameters.length + locals.length - 1);
  };
  const append = (expression: Expression): void => {
    for (const byte of expression.code) code.push(byte);
  };
  const body: BodyWriter = {
    let(value) {
      if (value.type === 'void') throw new Error(`${name}: a local needs a value`);
      const local = declare(value.type);
      body.set(local, value);
      return local;
    },
    set(local, value) {
      append(lift(local.type as ValueType, value));
      code.push(0x21, ...unsignedLeb(local.index));
    },
    run(statement) {
      if (statement.type !== 'void') throw new Error(`${name}: a statement may leave no value`);
      append(statement);
    },
    if(condition, then, otherwise) {
      append(condition);
      code.push(0x04, BLOCK_VOID);
      then();
      if (otherwise) {
        code.push(0x05);
        otherwise();
      }
      code.push(0x0b);
    },
    while(condition, loopBody) {
      // Loop rotation: one test before the loop and one at its end, so that each iteration has a single branch.
      append(condition);
      code.push(0x04, BLOCK_VOID, 0x03, BLOCK_VOID);
      loopBody();
      append(condition);
      code.push(0x0d, 0x00, 0x0b, 0x0b);
    },
    range(from, end, step, loopBody) {
      const local = body.let(lift('i32', from));
      body.while(i32.ltU(local, end), () => {
        loopBody(local);
        body.set(local, i32.add(local, step));
      });
    },
  };
  const result = write(body, ...parameters.map(localAt));
  if (result) append(result);
  return { name, parameters, result: result?.type ?? 'void', locals, code };
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsignedLeb(items.length), ...items.flat()];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsignedLeb(content.length), ...content];
}

function text(value: string): number[] {
  const bytes = Array.from(value, (character) => character.charCodeAt(0));
  return [...unsignedLeb(bytes.length), ...bytes];
}

/**
 * Encodes a module that imports a shared memory as `env.memory` and exports every function.
 *
 * @param maximumPages Upper limit of the memory, in pages of 64 KiB.
 */
export function assembleModule(
  functions: readonly FunctionDefinition[],
  maximumPages: number,
): Uint8Array<ArrayBuffer> {
  const typeCodes = (types: readonly ValueType[]): number[] => vector(types.map((type) => [TYPE_CODES[type]]));
  const signatures = functions.map(({ parameters, result }) => [
    0x60,
    ...typeCodes(parameters),
    ...typeCodes(result === 'void' ? [] : [result]),
  ]);
  const bodies = functions.map(({ locals, code }) => {
    const content = [...vector(locals.map((type) => [1, TYPE_CODES[type]])), ...code, 0x0b];
    return [...unsignedLeb(content.length), ...content];
  });
  const sharedWithMaximum = 0x03;
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(signatures)),
    ...section(
      2,
      vector([[...text('env'), ...text('memory'), 0x02, sharedWithMaximum, 1, ...unsignedLeb(maximumPages)]]),
    ),
    ...section(3, vector(functions.map((_, index) => unsignedLeb(index)))),
    ...section(7, vector(functions.map(({ name }, index) => [...text(name), 0x00, ...unsignedLeb(index)]))),
    ...section(10, vector(bodies)),
  ]);
}
