import { BIN_SLOTS } from '../features/feature-bins.ts';
import { EXPONENT_LIMIT, EXPONENTIAL_TERMS, LN2_HIGH, LN2_LOW, LOG2_E } from '../objectives/exponential.ts';
import { LEAST_LOGISTIC_HESSIAN } from './kernel-tasks.ts';
import { CELL_BYTES, FEATURE_GROUP, FEATURE_HISTOGRAM_BYTES, LOOKAHEAD_ROWS } from './training-memory.ts';
import {
  type BodyWriter,
  memory as bulk,
  defineFunction,
  type Expression,
  type FunctionDefinition,
  f32,
  f64,
  f64x2,
  i32,
  i64,
  type Local,
  v128,
} from './wasm-assembler.ts';

/**
 * The layout of the control block in int32 words: state of the thread pool (words 0–3), arguments of the current task,
 * two doubles, and one result word per thread.
 */
export const CONTROL = {
  epoch: 0,
  task: 1,
  doneCount: 2,
  failed: 3,
  firstArgument: 4,
  firstDouble: 16,
  firstResult: 32,
};
export const MAXIMUM_THREADS = 256;

/**
 * Names of the tasks. A task receives its thread number and the thread count, and derives its share of the work from
 * them.
 */
export type TaskName =
  | 'binRows'
  | 'logistic'
  | 'lambdas'
  | 'quantize'
  | 'histogram'
  | 'separate'
  | 'collect'
  | 'addValues';

const argument = (index: number): Expression => i32.load(0, 4 * (CONTROL.firstArgument + index));
const double = (index: number): Expression => f64.load(0, 4 * CONTROL.firstDouble + 8 * index);

/** Returns a thread's half-open share [from, end) of `count` items: count · thread / threads, rounded down. */
function shareOf(body: BodyWriter, count: Expression, thread: Local, threads: Local): [Local, Local] {
  const edge = (numerator: Expression): Expression =>
    i32.truncF64(
      f64.floor(f64.div(f64.mul(f64.convertI32(count), f64.convertI32(numerator)), f64.convertI32(threads))),
    );
  return [body.let(edge(thread)), body.let(edge(i32.add(thread, 1)))];
}

/** Loads element `index` of an array of doubles. */
const doubleAt = (base: Local, index: Expression): Expression => f64.load(i32.add(base, i32.shl(index, 3)));

/** Adds a double to a float32 in memory. */
function addToFloat(body: BodyWriter, at: Local, offset: number, value: Expression): void {
  const sum = f64.add(f64.promoteF32(f32.load(at, offset)), value);
  body.run(f32.store(at, f32.demoteF64(sum), offset));
}

const roundToInt = (value: Expression): Expression => i32.truncF64(f64.floor(f64.add(value, 0.5)));

/**
 * Bins staged rows. Arguments: staging, cuts, bins (of the first row), stride, feature count, rows to bin, columns (of
 * the first row), total row count.
 */
const binRows = defineFunction('binRows', ['i32', 'i32'], (body, thread, threads) => {
  const [from, end] = shareOf(body, argument(5), thread, threads);
  const featureCount = body.let(argument(4));
  const stride = body.let(argument(3));
  body.range(from, end, 1, (row) => {
    const value = body.let(i32.add(argument(0), i32.shl(i32.mul(row, featureCount), 2)));
    const target = body.let(i32.add(argument(2), i32.mul(row, stride)));
    const targetEnd = body.let(i32.add(target, featureCount));
    const cuts = body.let(argument(1));
    const inColumn = body.let(i32.add(argument(6), row));
    body.range(target, targetEnd, 1, (bin) => {
      const x = body.let(f32.load(value));
      // Binary search in eight steps over 255 cuts, padded with +Infinity; no branch, so no misprediction.
      const cut = body.let(cuts);
      for (let step = BIN_SLOTS / 2; step >= 1; step /= 2) {
        const isAbove = f32.gt(x, f32.load(cut, (step - 1) * 4));
        body.set(cut, i32.add(cut, i32.shl(isAbove, 2 + Math.log2(step))));
      }
      const index = i32.add(i32.shrU(i32.sub(cut, cuts), 2), 1);
      const found = body.let(i32.mul(index, f32.eq(x, x))); // NaN is not equal to itself: bin 0
      body.run(i32.store8(bin, found));
      body.run(i32.store8(inColumn, found));
      body.set(inColumn, i32.add(inColumn, argument(7)));
      body.set(value, i32.add(value, 4));
      body.set(cuts, i32.add(cuts, BIN_SLOTS * 4));
    });
  });
  return undefined;
});

/** e^x, with the same operations in the same order as the reference `exponential`, so the bits are the same. */
function exponential(body: BodyWriter, x: Expression): Expression {
  const clamped = body.let(f64.min(f64.max(x, -EXPONENT_LIMIT), EXPONENT_LIMIT));
  const k = body.let(f64.nearest(f64.mul(clamped, LOG2_E)));
  const r = body.let(f64.sub(f64.sub(clamped, f64.mul(k, LN2_HIGH)), f64.mul(k, LN2_LOW)));
  const sum = body.let(f64.constant(EXPONENTIAL_TERMS[EXPONENTIAL_TERMS.length - 1]));
  for (let degree = EXPONENTIAL_TERMS.length - 2; degree >= 0; degree--) {
    body.set(sum, f64.add(f64.mul(sum, r), EXPONENTIAL_TERMS[degree]));
  }
  const biased = i64.shl(i64.add(i64.extendI32(i32.truncF64(k)), 1023), 52);
  return f64.mul(sum, f64.reinterpretI64(biased));
}

/**
 * Logistic gradients. Arguments: scores, labels, weights or 0, pairs, row count; doubles: gradient scale, hessian
 * scale.
 */
const logistic = defineFunction('logistic', ['i32', 'i32'], (body, thread, threads) => {
  const [from, end] = shareOf(body, argument(4), thread, threads);
  const weights = body.let(argument(2));
  const weight = body.let(f64.constant(1));
  body.range(from, end, 1, (row) => {
    body.if(weights, () => {
      body.set(weight, f64.promoteF32(f32.load(i32.add(weights, i32.shl(row, 2)))));
    });
    const score = body.let(f64.load(i32.add(argument(0), i32.shl(row, 3))));
    const label = f64.promoteF32(f32.load(i32.add(argument(1), i32.shl(row, 2))));
    const probability = body.let(f64.div(1, f64.add(1, exponential(body, f64.neg(score)))));
    const curvature = f64.max(f64.mul(probability, f64.sub(1, probability)), LEAST_LOGISTIC_HESSIAN);
    const pair = body.let(i32.add(argument(3), i32.shl(row, 3)));
    const gradient = f64.mul(f64.mul(f64.sub(probability, label), weight), double(0));
    body.run(i32.store(pair, roundToInt(gradient)));
    body.run(i32.store(pair, roundToInt(f64.mul(f64.mul(curvature, weight), double(1))), 4));
  });
  return undefined;
});

/**
 * LambdaMART gradients. Arguments: scores, gains, order, pairs, query starts, query scales, discounts, query count,
 * cutoff, odds; double: sigma.
 *
 * The operations and their order are those of `lambdamartPairs` in lambdamart.ts. Each thread processes whole queries.
 */
const lambdas = defineFunction('lambdas', ['i32', 'i32'], (body, thread, threads) => {
  const [from, end] = shareOf(body, argument(7), thread, threads);
  const [scores, gains, order, pairs, discounts, odds] = [0, 1, 2, 3, 6, 9].map((index) => body.let(argument(index)));
  const sigma = body.let(double(0));
  body.range(from, end, 1, (query) => {
    const startAt = body.let(i32.add(argument(4), i32.shl(query, 2)));
    const start = body.let(i32.load(startAt));
    const stop = body.let(i32.load(startAt, 4));
    const pairsEnd = body.let(i32.add(pairs, i32.shl(stop, 3)));
    const pairsStart = body.let(i32.add(pairs, i32.shl(start, 3)));
    body.run(bulk.fill(pairsStart, 0, i32.sub(pairsEnd, pairsStart)));
    const scale = body.let(f64.load(i32.add(argument(5), i32.shl(query, 3))));
    body.if(f64.ne(scale, 0), () => {
      const best = body.let(doubleAt(scores, i32.load(i32.add(order, i32.shl(start, 2)))));
      body.range(start, stop, 1, (row) => {
        const above = f64.sub(doubleAt(scores, row), best);
        const value = body.let(exponential(body, f64.mul(sigma, above)));
        body.run(f64.store(i32.add(odds, i32.shl(row, 3)), value));
      });
      const cutoff = body.let(i32.add(start, argument(8)));
      const topEnd = body.let(stop);
      body.if(i32.ltU(cutoff, stop), () => body.set(topEnd, cutoff));
      body.range(start, topEnd, 1, (first) => {
        const a = body.let(i32.load(i32.add(order, i32.shl(first, 2))));
        const gainA = body.let(doubleAt(gains, a));
        const oddsA = body.let(doubleAt(odds, a));
        const discountA = body.let(doubleAt(discounts, i32.sub(first, start)));
        const gradientA = body.let(f64.constant(0));
        const hessianA = body.let(f64.constant(0));
        body.range(i32.add(first, 1), stop, 1, (second) => {
          const b = body.let(i32.load(i32.add(order, i32.shl(second, 2))));
          const gainDifference = body.let(f64.sub(gainA, doubleAt(gains, b)));
          body.if(f64.ne(gainDifference, 0), () => {
            const discountB = body.let(f64.constant(0));
            body.if(i32.ltU(second, cutoff), () => body.set(discountB, doubleAt(discounts, i32.sub(second, start))));
            const swap = f64.mul(gainDifference, f64.sub(discountA, discountB));
            const change = body.let(f64.mul(f64.abs(swap), scale));
            const sign = body.let(f64.copySign(1, gainDifference));
            const oddsB = body.let(doubleAt(odds, b));
            const chance = body.let(f64.div(oddsB, f64.add(oddsA, oddsB)));
            const wrong = f64.add(f64.mul(0.5, sign), f64.sub(chance, 0.5));
            const towards = body.let(f64.mul(wrong, f64.mul(sigma, change)));
            const spread = f64.mul(chance, f64.sub(1, chance));
            const hessian = body.let(f64.mul(spread, f64.mul(f64.mul(sigma, sigma), change)));
            body.set(gradientA, f64.sub(gradientA, towards));
            body.set(hessianA, f64.add(hessianA, hessian));
            const pairB = body.let(i32.add(pairs, i32.shl(b, 3)));
            addToFloat(body, pairB, 0, towards);
            addToFloat(body, pairB, 4, hessian);
          });
        });
        const pairA = body.let(i32.add(pairs, i32.shl(a, 3)));
        addToFloat(body, pairA, 0, gradientA);
        addToFloat(body, pairA, 4, hessianA);
      });
    });
  });
  return undefined;
});

/** Converts pairs to fixed point. Arguments: pairs, row count; doubles: gradient scale, hessian scale. */
const quantize = defineFunction('quantize', ['i32', 'i32'], (body, thread, threads) => {
  const [from, end] = shareOf(body, argument(1), thread, threads);
  const pairEnd = body.let(i32.add(argument(0), i32.shl(end, 3)));
  body.range(i32.add(argument(0), i32.shl(from, 3)), pairEnd, 8, (pair) => {
    for (const half of [0, 1]) {
      const value = f64.mul(f64.promoteF32(f32.load(pair, 4 * half)), double(half));
      body.run(i32.store(pair, roundToInt(value), 4 * half));
    }
  });
  return undefined;
});

/**
 * Builds a histogram. Arguments: rows begin, rows end (addresses), bins, stride, pairs, histogram, parent histogram or
 * 0, group count.
 *
 * Each thread processes whole groups of eight features, so no cell has two writers. The rows of a leaf are scattered in
 * memory. The kernel therefore reads sixteen later rows at a time, at both ends of their bins, so that their cache
 * misses overlap. Reading them one at a time takes 2.5 ns an update on cold memory, this way 1.05 ns.
 */
const histogram = defineFunction('histogram', ['i32', 'i32'], (body, thread, threads) => {
  const [fromGroup, endGroup] = shareOf(body, argument(7), thread, threads);
  const groupBytes = FEATURE_GROUP * FEATURE_HISTOGRAM_BYTES;
  const offset = body.let(i32.mul(fromGroup, groupBytes));
  const cells = body.let(i32.add(argument(5), offset));
  const cellsEnd = body.let(i32.add(argument(5), i32.mul(endGroup, groupBytes)));
  body.run(bulk.fill(cells, 0, i32.sub(cellsEnd, cells)));
  const rowsEnd = body.let(argument(1));
  body.if(i32.eq(fromGroup, endGroup), () => body.set(rowsEnd, argument(0))); // more threads than groups
  const bins = body.let(i32.add(argument(2), i32.mul(fromGroup, FEATURE_GROUP)));
  const stride = body.let(argument(3));
  const pairs = body.let(argument(4));
  const lastByte = body.let(i32.sub(i32.mul(i32.sub(endGroup, fromGroup), FEATURE_GROUP), 1));
  const touched = body.let(i32.constant(0));
  body.range(argument(0), rowsEnd, 4, (position) => {
    body.if(i32.eqz(i32.and(position, 4 * LOOKAHEAD_ROWS - 1)), () => {
      const ahead = body.let(i32.add(position, 4 * LOOKAHEAD_ROWS));
      body.range(ahead, i32.add(ahead, 4 * LOOKAHEAD_ROWS), 4, (later) => {
        const laterBins = body.let(i32.add(bins, i32.mul(i32.load(later), stride)));
        // The bins of a row may span two cache lines.
        const bothEnds = i32.add(i32.load8u(laterBins), i32.load8u(i32.add(laterBins, lastByte)));
        const laterPair = i32.load(i32.add(pairs, i32.shl(i32.load(later), 3)));
        body.set(touched, i32.add(touched, i32.add(bothEnds, laterPair)));
      });
    });
    const row = body.let(i32.load(position));
    const pair = body.let(f64x2.convertLowI32(v128.load64Zero(i32.add(pairs, i32.shl(row, 3)))));
    const source = body.let(i32.add(bins, i32.mul(row, stride)));
    body.range(cells, cellsEnd, groupBytes, (group) => {
      const eight = body.let(i64.load(source));
      const halves = [body.let(i32.wrapI64(eight)), body.let(i32.wrapI64(i64.shrU(eight, 32)))];
      for (let lane = 0; lane < FEATURE_GROUP; lane++) {
        const half = halves[lane >> 2];
        const byte = lane & 3;
        // bin · CELL_BYTES in one shift and one mask.
        const cell =
          byte === 0 ? i32.shl(i32.and(half, 0xff), 4) : i32.and(i32.shrU(half, 8 * byte - 4), 0xff * CELL_BYTES);
        const target = body.let(i32.add(group, cell));
        const at = lane * FEATURE_HISTOGRAM_BYTES;
        body.run(v128.store(target, f64x2.add(v128.load(target, at), pair), at));
      }
      body.set(source, i32.add(source, FEATURE_GROUP));
    });
  });
  body.if(argument(6), () => {
    const parent = body.let(i32.add(argument(6), offset));
    body.range(cells, cellsEnd, CELL_BYTES, (cell) => {
      body.run(v128.store(parent, f64x2.sub(v128.load(parent), v128.load(cell))));
      body.set(parent, i32.add(parent, CELL_BYTES));
    });
  });
  return touched; // returned so that no compiler can drop the early reads
});

/**
 * First half of the partition. Arguments: rows (of the range), row count, column of bins, goesLeft, scratch (of the
 * range).
 *
 * Each thread fills its share of the scratch with left rows from the start upwards and right rows from the end
 * downwards, and stores how many rows go left.
 */
const separate = defineFunction('separate', ['i32', 'i32'], (body, thread, threads) => {
  const [from, end] = shareOf(body, argument(1), thread, threads);
  const rowsEnd = body.let(i32.add(argument(0), i32.shl(end, 2)));
  const bins = body.let(argument(2));
  const goesLeft = body.let(argument(3));
  const left = body.let(i32.add(argument(4), i32.shl(from, 2)));
  const leftStart = body.let(left);
  const right = body.let(i32.add(argument(4), i32.shl(i32.sub(end, 1), 2)));
  body.range(i32.add(argument(0), i32.shl(from, 2)), rowsEnd, 4, (position) => {
    const row = body.let(i32.load(position));
    const goes = body.let(i32.load8u(i32.add(goesLeft, i32.load8u(i32.add(bins, row)))));
    // One store, to the end that the mask selects. A branch here would be mispredicted for half of the rows.
    const mask = i32.sub(0, goes);
    body.run(i32.store(i32.xor(right, i32.and(i32.xor(left, right), mask)), row));
    body.set(left, i32.add(left, i32.shl(goes, 2)));
    body.set(right, i32.sub(right, i32.shl(i32.sub(1, goes), 2)));
  });
  const count = i32.shrU(i32.sub(left, leftStart), 2);
  body.run(i32.store(i32.shl(thread, 2), count, 4 * CONTROL.firstResult));
  return undefined;
});

/**
 * Second half of the partition: copies each share to its place, the left rows of all threads first, in thread order.
 * Takes the same arguments.
 */
const collect = defineFunction('collect', ['i32', 'i32'], (body, thread, threads) => {
  const [from, end] = shareOf(body, argument(1), thread, threads);
  const leftBefore = body.let(i32.constant(0));
  const leftTotal = body.let(i32.constant(0));
  const mine = body.let(i32.load(i32.shl(thread, 2), 4 * CONTROL.firstResult));
  body.range(0, threads, 1, (other) => {
    const count = body.let(i32.load(i32.shl(other, 2), 4 * CONTROL.firstResult));
    body.set(leftTotal, i32.add(leftTotal, count));
    body.if(i32.ltU(other, thread), () => body.set(leftBefore, i32.add(leftBefore, count)));
  });
  const source = body.let(i32.add(argument(4), i32.shl(from, 2)));
  body.run(bulk.copy(i32.add(argument(0), i32.shl(leftBefore, 2)), source, i32.shl(mine, 2)));
  const rightBefore = i32.sub(from, leftBefore);
  const target = body.let(i32.add(argument(0), i32.shl(i32.add(leftTotal, rightBefore), 2)));
  const right = body.let(i32.add(argument(4), i32.shl(end, 2)));
  const rightEnd = body.let(i32.add(source, i32.shl(mine, 2)));
  body.while(i32.ltU(rightEnd, right), () => {
    body.set(right, i32.sub(right, 4));
    body.run(i32.store(target, i32.load(right)));
    body.set(target, i32.add(target, 4));
  });
  return undefined;
});

/**
 * Adds leaf values to scores. Arguments: rows, scores, leaves ({begin, end: int32, value: double} each), leaf count,
 * position count.
 */
const addValues = defineFunction('addValues', ['i32', 'i32'], (body, thread, threads) => {
  const [from, end] = shareOf(body, argument(4), thread, threads);
  const leavesEnd = body.let(i32.add(argument(2), i32.shl(argument(3), 4)));
  body.range(argument(2), leavesEnd, 16, (leaf) => {
    const begin = body.let(i32.load(leaf));
    const stop = body.let(i32.load(leaf, 4));
    const value = body.let(f64.load(leaf, 8));
    body.if(i32.ltU(begin, from), () => body.set(begin, from));
    body.if(i32.ltU(end, stop), () => body.set(stop, end));
    const positionEnd = body.let(i32.add(argument(0), i32.shl(stop, 2)));
    body.range(i32.add(argument(0), i32.shl(begin, 2)), positionEnd, 4, (position) => {
      const score = body.let(i32.add(argument(1), i32.shl(i32.load(position), 3)));
      body.run(f64.store(score, f64.add(f64.load(score), value)));
    });
  });
  return undefined;
});

/** All tasks. The control block refers to a task by its position in this list. */
export const TASKS: readonly FunctionDefinition[] = [
  binRows,
  logistic,
  lambdas,
  quantize,
  histogram,
  separate,
  collect,
  addValues,
];
