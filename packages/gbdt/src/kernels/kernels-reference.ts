import { BIN_SLOTS } from '../features/feature-bins.ts';
import { exponential } from '../objectives/exponential.ts';
import { lambdamartPairs } from '../objectives/lambdamart.ts';
import { LEAST_LOGISTIC_HESSIAN, type TrainingKernels } from './kernel-tasks.ts';
import { FEATURE_CELLS, type TrainingMemory } from './training-memory.ts';

/**
 * Creates the readable kernels. Tests compare the fast ones with them bit by bit.
 *
 * They can also train whole models where WebAssembly is not available.
 */
export function createReferenceKernels(memory: TrainingMemory): TrainingKernels {
  const { scores, rawPairs, rows } = memory;
  return {
    binStagedRows: (firstRow, count) => binStagedRows(memory, firstRow, count),
    logisticPairs: (hasWeights, gradientScale, hessianScale) =>
      logisticPairs(memory, hasWeights, gradientScale, hessianScale),
    lambdamartPairs: (sigma) => lambdamartPairs(memory, scores, sigma, rawPairs),
    quantizePairs: (gradientScale, hessianScale) => quantizePairs(memory, gradientScale, hessianScale),
    buildHistogram: (begin, end, slot, parentSlot) => buildHistogram(memory, begin, end, slot, parentSlot),
    partitionRows: (begin, end, feature) => partitionRows(memory, begin, end, feature),
    addLeafValues(begins, ends, values) {
      values.forEach((value, leaf) => {
        for (let position = begins[leaf]; position < ends[leaf]; position++) scores[rows[position]] += value;
      });
    },
  };
}

function binStagedRows(memory: TrainingMemory, firstRow: number, count: number): void {
  const { rowCount, featureCount, stride, staging, cuts, bins, columns } = memory;
  for (let row = 0; row < count; row++) {
    for (let feature = 0; feature < featureCount; feature++) {
      const value = staging[row * featureCount + feature];
      const cutsOfFeature = cuts.subarray(feature * BIN_SLOTS, (feature + 1) * BIN_SLOTS);
      let bin = 0;
      if (!Number.isNaN(value)) {
        bin = 1;
        while (cutsOfFeature[bin - 1] < value) bin++;
      }
      bins[(firstRow + row) * stride + feature] = bin;
      columns[feature * rowCount + firstRow + row] = bin;
    }
  }
}

function logisticPairs(
  { rowCount, pairs, scores, labels, weights }: TrainingMemory,
  hasWeights: boolean,
  gradientScale: number,
  hessianScale: number,
): void {
  for (let row = 0; row < rowCount; row++) {
    const weight = hasWeights ? weights[row] : 1;
    const probability = 1 / (1 + exponential(-scores[row]));
    const curvature = Math.max(probability * (1 - probability), LEAST_LOGISTIC_HESSIAN);
    pairs[2 * row] = round((probability - labels[row]) * weight * gradientScale);
    pairs[2 * row + 1] = round(curvature * weight * hessianScale);
  }
}

function quantizePairs(
  { rowCount, pairs, rawPairs }: TrainingMemory,
  gradientScale: number,
  hessianScale: number,
): void {
  for (let row = 0; row < rowCount; row++) {
    pairs[2 * row] = round(rawPairs[2 * row] * gradientScale);
    pairs[2 * row + 1] = round(rawPairs[2 * row + 1] * hessianScale);
  }
}

function buildHistogram(
  { stride, bins, pairs, rows, histograms }: TrainingMemory,
  begin: number,
  end: number,
  slot: number,
  parentSlot: number,
): void {
  const slotLength = stride * FEATURE_CELLS * 2;
  const histogram = histograms.subarray(slot * slotLength, (slot + 1) * slotLength);
  histogram.fill(0);
  for (let position = begin; position < end; position++) {
    const row = rows[position];
    const gradient = pairs[2 * row];
    const hessian = pairs[2 * row + 1];
    for (let feature = 0; feature < stride; feature++) {
      const cell = 2 * (feature * FEATURE_CELLS + bins[row * stride + feature]);
      histogram[cell] += gradient;
      histogram[cell + 1] += hessian;
    }
  }
  if (parentSlot >= 0) {
    const parent = histograms.subarray(parentSlot * slotLength, (parentSlot + 1) * slotLength);
    for (let cell = 0; cell < slotLength; cell++) parent[cell] -= histogram[cell];
  }
}

function partitionRows(
  { stride, bins, rows, goesLeft }: TrainingMemory,
  begin: number,
  end: number,
  feature: number,
): number {
  const isLeft = (row: number): boolean => goesLeft[bins[row * stride + feature]] === 1;
  const all = rows.slice(begin, end);
  const left = all.filter((row) => isLeft(row));
  const right = all.filter((row) => !isLeft(row));
  rows.set(left, begin);
  rows.set(right, begin + left.length);
  return left.length;
}

function round(value: number): number {
  return Math.floor(value + 0.5);
}
