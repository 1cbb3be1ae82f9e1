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
  const { rowCount, featureCount, stride, bins, pairs, rawPairs, rows, scores, labels, weights, histograms } = memory;
  const slotLength = stride * FEATURE_CELLS * 2;

  return {
    binStagedRows(firstRow, count) {
      for (let row = 0; row < count; row++) {
        for (let feature = 0; feature < featureCount; feature++) {
          const value = memory.staging[row * featureCount + feature];
          const cutsOfFeature = memory.cuts.subarray(feature * BIN_SLOTS, (feature + 1) * BIN_SLOTS);
          let bin = 0;
          if (!Number.isNaN(value)) {
            bin = 1;
            while (cutsOfFeature[bin - 1] < value) bin++;
          }
          bins[(firstRow + row) * stride + feature] = bin;
          memory.columns[feature * rowCount + firstRow + row] = bin;
        }
      }
    },

    logisticPairs(hasWeights, gradientScale, hessianScale) {
      for (let row = 0; row < rowCount; row++) {
        const weight = hasWeights ? weights[row] : 1;
        const probability = 1 / (1 + exponential(-scores[row]));
        const curvature = Math.max(probability * (1 - probability), LEAST_LOGISTIC_HESSIAN);
        pairs[2 * row] = round((probability - labels[row]) * weight * gradientScale);
        pairs[2 * row + 1] = round(curvature * weight * hessianScale);
      }
    },

    lambdamartPairs(sigma) {
      lambdamartPairs(memory, scores, sigma, rawPairs);
    },

    quantizePairs(gradientScale, hessianScale) {
      for (let row = 0; row < rowCount; row++) {
        pairs[2 * row] = round(rawPairs[2 * row] * gradientScale);
        pairs[2 * row + 1] = round(rawPairs[2 * row + 1] * hessianScale);
      }
    },

    buildHistogram(begin, end, slot, parentSlot) {
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
    },

    partitionRows(begin, end, feature) {
      const goesLeft = (row: number): boolean => memory.goesLeft[bins[row * stride + feature]] === 1;
      const all = rows.slice(begin, end);
      const left = all.filter((row) => goesLeft(row));
      rows.set(left, begin);
      rows.set(
        all.filter((row) => !goesLeft(row)),
        begin + left.length,
      );
      return left.length;
    },

    addLeafValues(begins, ends, values) {
      values.forEach((value, leaf) => {
        for (let position = begins[leaf]; position < ends[leaf]; position++) scores[rows[position]] += value;
      });
    },
  };
}

function round(value: number): number {
  return Math.floor(value + 0.5);
}
