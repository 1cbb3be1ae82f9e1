import { MatineeError } from '@matinee/numerics';
import type { TrainingData } from '../training/fit-context.ts';

/** @throws {MatineeError} `EMPTY_INTERACTIONS` when no interaction has a positive weight. */
export function requirePositiveInteractions(kind: string, { interactions }: TrainingData): void {
  for (let row = 0; row < interactions.count; row++) if (interactions.weights[row] > 0) return;
  throw new MatineeError(
    'EMPTY_INTERACTIONS',
    `${kind}: ${interactions.count} interactions, none of positive weight; check the data and the confidence rule`,
  );
}
