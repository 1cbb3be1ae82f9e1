import type { Split } from '../splits/split.ts';

/** A split as a search may see it: nothing of the test is in it. */
export type ValidationSplit = Pick<
  Split,
  'protocol' | 'protocolVersion' | 'config' | 'recallOver' | 'leaks' | 'validation'
> & {
  /** `interactions`: of all data, which is known before any cut. */
  readonly counts: Readonly<Record<'interactions', number>>;
};

/** Takes the test out of a split, so that what is handed on cannot look at it. */
export function withoutTest(split: Split): ValidationSplit {
  const { protocol, protocolVersion, config, recallOver, leaks, validation, counts } = split;
  return {
    protocol,
    protocolVersion,
    config,
    recallOver,
    leaks,
    validation,
    counts: { interactions: counts['interactions'] },
  };
}
