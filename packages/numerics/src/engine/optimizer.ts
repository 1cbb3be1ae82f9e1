import { emit, input, scalar, type Tensor } from './graph/graph.ts';
import { sumOfSquares } from './operators/reduction.ts';

/** Settings of Adam; with `weightDecay` > 0 it is AdamW. */
export interface AdamConfig {
  /** Decay of the gradient average. Default 0.9. */
  readonly beta1?: number;
  /** Decay of the squared-gradient average. Default 0.999. */
  readonly beta2?: number;
  /** Added to the denominator. Default 1e-8. */
  readonly epsilon?: number;
  /** Share of a weight removed per unit of learning rate and step, independent of the gradient. Default 0. */
  readonly weightDecay?: number;
  /** Which parameters decay. By default those with at least two axes, which excludes biases and gains. */
  readonly decays?: (parameterName: string, rank: number) => boolean;
  /** Upper limit of the norm of all gradients, which are scaled down to it. Default: no clipping. */
  readonly clipNorm?: number;
}

/** The input and output tensors of one parameter's update. */
export interface ParameterUpdate {
  readonly parameter: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
  readonly nextValue: Tensor;
  readonly nextFirstMoment: Tensor;
  readonly nextSecondMoment: Tensor;
}

/** Names of the moment inputs of a parameter. */
export const momentNames = {
  first: (parameterName: string): string => `adam.first/${parameterName}`,
  second: (parameterName: string): string => `adam.second/${parameterName}`,
} as const;

/** Names of the three scalars that are fed with every step; see {@link adamScalars}. */
export const adamScalarNames = ['adam.stepSize', 'adam.epsilon', 'adam.keep'] as const;

/**
 * Appends the Adam update to a graph, after the gradients:
 *
 * m ← m + (1 − β₁)(g − m),  v ← v + (1 − β₂)(g² − v),  θ ← θ · keep − stepSize · m / (√v + ε')
 *
 * The bias corrections of the paper are part of `stepSize` and ε'. Both change with the step and are therefore inputs
 * ({@link adamScalars}). This takes twelve elementwise nodes per parameter, thirteen with decay.
 *
 * @param gradients One per parameter, in the same order.
 * @returns The updates, and the norm of all gradients before clipping (undefined without clipping).
 * @see Kingma & Ba (2015), Adam, ICLR. Loshchilov & Hutter (2019), Decoupled weight decay regularization, ICLR.
 */
export function buildAdam(
  parameters: readonly Tensor[],
  gradients: readonly Tensor[],
  config: AdamConfig,
): { updates: ParameterUpdate[]; gradientNorm: Tensor | undefined } {
  const { graph } = parameters[0];
  const { beta1 = 0.9, beta2 = 0.999, weightDecay = 0, clipNorm } = config;
  const decays = config.decays ?? ((_, rank) => rank >= 2);
  const [stepSize, epsilon, keep] = adamScalarNames.map((name) => input(graph, name, []));
  const gradientNorm = clipNorm === undefined ? undefined : norm(gradients);
  const clipScale = gradientNorm && clipNorm !== undefined ? scaleToNorm(gradientNorm, clipNorm) : undefined;

  const updates = parameters.map((parameter, index) => {
    const { name, shape } = parameter;
    const apply = (opType: string, ...operands: Tensor[]): Tensor => emit(opType, operands, shape);
    const towards = (average: Tensor, value: Tensor, rate: number): Tensor =>
      apply('Add', average, apply('Mul', apply('Sub', value, average), scalar(graph, rate)));
    const firstMoment = input(graph, momentNames.first(name), shape);
    const secondMoment = input(graph, momentNames.second(name), shape);
    const g = clipScale ? apply('Mul', gradients[index], clipScale) : gradients[index];
    const nextFirstMoment = towards(firstMoment, g, 1 - beta1);
    const nextSecondMoment = towards(secondMoment, apply('Mul', g, g), 1 - beta2);
    const denominator = apply('Add', apply('Sqrt', nextSecondMoment), epsilon);
    const change = apply('Div', apply('Mul', nextFirstMoment, stepSize), denominator);
    const decayed = weightDecay > 0 && decays(name, shape.length) ? apply('Mul', parameter, keep) : parameter;
    const nextValue = apply('Sub', decayed, change);
    return { parameter, firstMoment, secondMoment, nextValue, nextFirstMoment, nextSecondMoment };
  });
  return { updates, gradientNorm };
}

/**
 * Returns the scalars for step `step` (the first is 1), in the order of {@link adamScalarNames}: stepSize = lr √(1 −
 * β₂ᵗ) / (1 − β₁ᵗ), ε' = ε √(1 − β₂ᵗ), keep = 1 − lr · weightDecay.
 */
export function adamScalars(config: AdamConfig, learningRate: number, step: number): [number, number, number] {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = config;
  const secondCorrection = Math.sqrt(1 - beta2 ** step);
  return [
    (learningRate * secondCorrection) / (1 - beta1 ** step),
    epsilon * secondCorrection,
    1 - learningRate * weightDecay,
  ];
}

function norm(gradients: readonly Tensor[]): Tensor {
  return emit('Sqrt', [emit('Sum', gradients.map(sumOfSquares), [])], []);
}

/** Returns min(1, limit / norm), without a division by zero when all gradients are 0. */
function scaleToNorm(gradientNorm: Tensor, limit: number): Tensor {
  const { graph } = gradientNorm;
  const bound = scalar(graph, limit);
  return emit('Div', [bound, emit('Max', [gradientNorm, bound], [])], []);
}
