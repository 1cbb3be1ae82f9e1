import { messages } from '../messages/current.ts';

interface WithMaturity {
  readonly itemIdx: number;
  readonly maturity?: { readonly age: number; readonly source: string } | null;
}

/** The age rating of a title in words; undefined where the answer carries none. */
export const ageOf = ({ maturity }: WithMaturity): string | undefined =>
  maturity ? messages.age(maturity) : undefined;
