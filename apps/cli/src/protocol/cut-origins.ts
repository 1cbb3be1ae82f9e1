import type { Dataset } from '@matinee/models/data';
import type { ReportedProtocol } from '@matinee/models/report';
import type { Split } from '@matinee/models/splits';
import { MatineeError } from '@matinee/numerics';
import { cutDataset } from './cut-dataset.ts';
import { type ProtocolOptions, parseCount } from './protocol-options.ts';

/** Share of the interactions in the test period of each cut. */
const PERIOD = 0.1;
/** With more cuts, the first would train on less than a third of the data. */
const MOST_ORIGINS = 6;

/** The option `--origins` as citty declares it. */
export const originsArgument = {
  origins: {
    type: 'string',
    description: 'Cuts in time, 2 to 6: fit anew at each, test on the next tenth, measure all queries together',
  },
} as const;

/** One cut in time: what comes before it trains, and what comes after it is tested. */
export interface Cut {
  readonly name: string;
  readonly meaning: string;
  readonly split: Split;
}

/**
 * Reads the option `--origins`.
 *
 * @returns The number of cuts; 1 where the option is not given.
 * @throws {MatineeError} `BAD_ARGUMENT` for a count out of range or a protocol other than temporal.
 */
export function parseOrigins(text: string | undefined, { protocol }: Pick<ProtocolOptions, 'protocol'>): number {
  if (text === undefined) return 1;
  if (protocol !== 'temporal') throw new MatineeError('BAD_ARGUMENT', '--origins belongs to --protocol temporal');
  const count = parseCount('--origins', text, 2);
  if (count <= MOST_ORIGINS) return count;
  throw new MatineeError('BAD_ARGUMENT', `--origins takes 2 to ${MOST_ORIGINS}; got "${text}"`);
}

/**
 * Cuts a data set once, as its protocol does, or at several points in time: the last at 0.9 of the interactions, the
 * others a tenth apart before it, each with the next tenth as its test.
 *
 * @param count Number of cuts, as {@link parseOrigins} returns it.
 */
export function cutOrigins(dataset: Dataset, options: ProtocolOptions, count: number): readonly Cut[] {
  if (count === 1) return [{ name: 'test', meaning: '', split: cutDataset(dataset, options) }];
  return Array.from({ length: count }, (_, at): Cut => {
    const origin = round(1 - PERIOD * (count - at));
    const protocolConfig = {
      ...options.protocolConfig,
      validationQuantile: round(origin - PERIOD),
      testQuantile: origin,
      testUntilQuantile: round(origin + PERIOD),
    };
    return {
      name: `cut at ${percent(origin)}`,
      meaning: `tested on the interactions from ${percent(origin)} to ${percent(origin + PERIOD)} in the order of time`,
      split: cutDataset(dataset, { ...options, protocolConfig }),
    };
  });
}

/** What a report says of all cuts together. */
export function describeCuts(cuts: readonly Cut[]): ReportedProtocol {
  const last = lastSplit(cuts);
  if (cuts.length === 1) return last;
  const { validationQuantile: _validation, testQuantile: _test, testUntilQuantile: _until, ...config } = last.config;
  const origins = cuts.map(({ split }) => percent(Number(split.config['testQuantile']))).join(', ');
  return {
    ...last,
    config: { ...config, origins: `${cuts.length} at ${origins}` },
    notes: [
      `${cuts.length} cuts in time, at ${origins} of the interactions. At each, models are fitted anew on what came before and tested on the next tenth.`,
      'All queries are measured together. Whole users are resampled, each with the queries after every cut. What another run of the same months would give is not in the intervals.',
      'Coverage, Gini and popularity lift are means over the cuts. Costs of training are those of the last cut.',
      ...cuts.map(({ name, split }) => `${name}: ${split.notes[0]}`),
      ...last.notes.slice(1),
    ],
    counts: {
      interactions: last.counts['interactions'] ?? 0,
      ...Object.fromEntries(
        cuts.flatMap(({ name, split }) =>
          Object.entries(split.counts)
            .filter(([count]) => count.startsWith('test.'))
            .map(([count, value]) => [`${name}: ${count}`, value]),
        ),
      ),
    },
  };
}

/** The split of the last cut, which trains on most. */
export function lastSplit(cuts: readonly Cut[]): Split {
  return (cuts.at(-1) as Cut).split;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}

/** Without the last bits of sums of tenths, so that equal cuts have equal names. */
function round(share: number): number {
  return Math.round(share * 1e6) / 1e6;
}
