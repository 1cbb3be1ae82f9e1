import { describe, expect, test } from 'vitest';
import { webAssembly } from './training-memory.ts';
import { assembleModule, memory as bulk, defineFunction, type FunctionDefinition, f64, i32 } from './wasm-assembler.ts';

function instantiate(functions: readonly FunctionDefinition[]) {
  const memory = new webAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const module = new webAssembly.Module(assembleModule(functions, 1));
  return { memory, exports: new webAssembly.Instance(module, { env: { memory } }).exports };
}

describe('assembleModule', () => {
  test('encodes constants of every size', () => {
    const values = [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)];
    const { exports } = instantiate(
      values.map((value, index) => defineFunction(`constant${index}`, [], () => i32.constant(value))),
    );
    expect(values.map((_, index) => exports[`constant${index}`]())).toEqual(values);
  });

  test('runs loops, branches and memory access', () => {
    const { memory, exports } = instantiate([
      defineFunction('sumOfOdd', ['i32'], (body, limit) => {
        const sum = body.let(i32.constant(0));
        body.range(0, limit, 1, (number) => {
          body.if(
            i32.and(number, 1),
            () => body.set(sum, i32.add(sum, number)),
            () => body.run(i32.store8(number, 7)),
          );
        });
        return sum;
      }),
    ]);
    expect(exports['sumOfOdd'](10)).toBe(25);
    expect(exports['sumOfOdd'](0)).toBe(0);
    expect([...new Uint8Array(memory.buffer, 0, 6)]).toEqual([7, 0, 7, 0, 7, 0]);
  });

  test('rounds halves to even and fills memory', () => {
    const { memory, exports } = instantiate([
      defineFunction('nearest', ['f64'], (_, value) => f64.nearest(value)),
      defineFunction('fill', ['i32', 'i32'], (body, at, length) => {
        body.run(bulk.fill(at, 9, length));
        return undefined;
      }),
    ]);
    expect([0.5, 1.5, 2.5, -0.5].map((value) => exports['nearest'](value))).toEqual([0, 2, 2, -0]);
    exports['fill'](2, 2);
    expect([...new Uint8Array(memory.buffer, 0, 5)]).toEqual([0, 0, 9, 9, 0]);
  });

  test('rejects a statement that leaves a value', () => {
    expect(() =>
      defineFunction('bad', [], (body) => {
        body.run(i32.constant(1));
        return undefined;
      }),
    ).toThrow(/statement/);
  });
});
