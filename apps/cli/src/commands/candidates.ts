import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeReportFiles } from '@matinee/adapters/files';
import { checkSplit } from '@matinee/models/evaluation';
import { GENERATION_NAMES } from '@matinee/models/generations';
import { PROTOCOLS } from '@matinee/models/splits';
import { MatineeError } from '@matinee/numerics';
import { defineCommand } from 'citty';
import { type CandidateSide, parseCandidatesOptions } from '../evaluation/candidates-options.ts';
import { describeRecall } from '../evaluation/candidates-text.ts';
import { type CandidatesRecord, writeCandidates } from '../evaluation/write-candidates.ts';
import { cutDataset } from '../protocol/cut-dataset.ts';
import { protocolArguments, requestTimeArgument } from '../protocol/protocol-options.ts';
import { runCommand } from '../terminal/run-command.ts';
import { hashRankingCode } from '../training/code-version.ts';
import { openRemainingData } from '../workspace/deleted-users.ts';
import { commonArguments, openWorkspace } from '../workspace/workspace.ts';

const RECORD = 'recall.json';

export const candidatesCommand = defineCommand({
  meta: {
    name: 'candidates',
    description: `Write the candidates of every source of a generation as Parquet, with the recall of each source and of all.

For every query of a protocol, the table holds each source's best candidates with score, rank and contributors, and their
place in the blend. The VAL side holds validation's queries, with sources fitted on train; the TEST side holds the test's
queries, with sources fitted on train and validation. A run that was stopped with Ctrl-C continues where it stopped.

Examples:
  matinee candidates --out candidates                                 V1, both sides, the bundled data split by time
  matinee candidates --generation v3 --side val --out candidates      to train a ranker on, without using the test
  matinee candidates --data ml-1m --protocol leave-one-out --generation v3 --n 300 --out candidates
  matinee candidates --n 1000 --contributors 0 --out candidates         longer lists without reasons`,
  },
  args: {
    data: { type: 'string', description: 'Folder of source files, or a prepared data set (default: the bundled one)' },
    generation: { type: 'string', description: `Whose sources: ${GENERATION_NAMES.join(', ')}`, default: 'v1' },
    side: { type: 'string', description: 'val, test or both', default: 'both' },
    n: { type: 'string', description: 'Candidates per source', default: '300' },
    contributors: {
      type: 'string',
      description: 'Maximum number of contributors per candidate; 0 = none',
      default: '3',
    },
    'contributor-depth': {
      type: 'string',
      description: 'Find contributors down to this rank of a source; networks take milliseconds for each',
      default: '10',
    },
    out: { type: 'string', description: 'Folder for the tables and recall.json' },
    protocol: { type: 'string', description: Object.keys(PROTOCOLS).join(', '), default: 'temporal' },
    ...protocolArguments,
    ...requestTimeArgument,
    seed: { type: 'string', description: 'Random seed of models, splits and resampling', default: '1' },
    threads: { type: 'string', description: 'Threads to fit on (default: one per core); changes no result' },
    resamples: { type: 'string', description: 'Bootstrap resamples', default: '1000' },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      const options = parseCandidatesOptions(args);
      if (args.out === undefined || args.out === '') {
        throw new MatineeError('BAD_ARGUMENT', '--out takes the folder that the tables are written to');
      }
      const folder = path.resolve(args.out);
      const workspace = openWorkspace(args.home);
      const dataset = await openRemainingData({ workspace, data: args.data, progress, signal });
      const split = await progress.stage(`split: ${options.protocol}`, async ({ summary }) => {
        const made = cutDataset(dataset, options);
        checkSplit(made, dataset.items.vocabulary.ids.length);
        const [val, test] = [made.validation, made.test].map(({ queries }) => queries.length.toLocaleString('en'));
        summary(`${val} queries validation, ${test} queries test; no leak`);
        return made;
      });
      const codeVersion = await hashRankingCode();
      const written: CandidatesRecord[] = [];
      for (const side of options.sides) {
        const known = await readRecords(folder);
        const record = await writeCandidates(side, known[side], {
          dataset,
          split,
          options,
          workspace,
          progress,
          signal,
          codeVersion,
          folder,
        });
        await writeReportFiles(folder, {
          [RECORD]: `${JSON.stringify({ ...known, [side]: record }, undefined, 1)}\n`,
        });
        written.push(record);
      }
      print({
        json: { folder, sides: Object.fromEntries(written.map((record) => [record.side, record])) },
        text: ['', ...written.map((record) => `${describeRecall(record)}\n`), path.join(folder, RECORD)].join('\n'),
      });
    }),
});

/** The records that earlier runs wrote into the folder; empty when the file is missing or damaged. */
async function readRecords(folder: string): Promise<Partial<Record<CandidateSide, CandidatesRecord>>> {
  try {
    return JSON.parse(await readFile(path.join(folder, RECORD), 'utf8')) as Partial<
      Record<CandidateSide, CandidatesRecord>
    >;
  } catch {
    return {};
  }
}
