import path from 'node:path';
import { MatineeError } from '@matinee/numerics';
import { MAX_RECOMMENDATIONS } from '@matinee/server';
import { defineCommand } from 'citty';
import { parseCount } from '../protocol/protocol-options.ts';
import { openRelease } from '../serving/open-release.ts';
import { recommendEverybody } from '../serving/recommend-everybody.ts';
import { runCommand } from '../terminal/run-command.ts';
import { lockForReading } from '../workspace/locks.ts';
import { openDataset } from '../workspace/open-dataset.ts';
import { openItemFacts } from '../workspace/open-item-facts.ts';
import { commonArguments, openWorkspace } from '../workspace/workspace.ts';

const FORMATS = { '.parquet': 'parquet', '.jsonl': 'jsonl' } as const;

export const recommendCommand = defineCommand({
  meta: {
    name: 'recommend',
    description: `Write the lists of all users into one file, as the server would answer them now.

A row is one place of one user's list: user_id, rank (from 1), item_id, title, score, section, reason, sources, version
(the generation), release and as_of_ms (when the run began). A run that was stopped with Ctrl-C goes on where it stopped.

Examples:
  matinee recommend --all-users --out recs.parquet                 20 titles for everybody, with the current release
  matinee recommend --all-users --k 50 --out recs.jsonl            JSON lines
  matinee recommend --all-users --data shop --generation v2 --out recs.parquet`,
  },
  args: {
    'all-users': { type: 'boolean', description: 'For every user of the data set and of the log', default: false },
    out: { type: 'string', description: 'File to write, .parquet or .jsonl' },
    k: { type: 'string', description: `Titles a user, 1 to ${MAX_RECOMMENDATIONS}`, default: '20' },
    data: { type: 'string', description: 'Folder of source files, or a prepared data set (default: the bundled one)' },
    generation: { type: 'string', description: 'The generation (default: the one that is current)', default: '' },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      if (!args['all-users']) {
        throw new MatineeError(
          'BAD_ARGUMENT',
          '--all-users says for whom; for one user ask a server: GET /recommend?user_idx=…',
        );
      }
      const { file, format } = readOut(args.out);
      const k = parseCount('--k', args.k, 1);
      if (k > MAX_RECOMMENDATIONS)
        throw new MatineeError('BAD_ARGUMENT', `--k takes 1 to ${MAX_RECOMMENDATIONS}; got "${args.k}"`);
      const workspace = openWorkspace(args.home);
      const dataset = await openDataset({ workspace, data: args.data, progress, signal });
      const unlock = await lockForReading(workspace, dataset.name, { progress, signal });
      try {
        const { generation } = args;
        const release = await openRelease({ workspace, dataset, progress, option: '--generation', generation });
        const facts = await openItemFacts({ workspace, dataset, progress });
        const written = await recommendEverybody({
          ...{ workspace, dataset, release, facts, k, file, format, progress, signal },
          nowMs: Date.now(),
        });
        const { userCount, rowCount } = written;
        print({
          json: { file, release: release.version, version: release.generation, ...written },
          text: `\n${rowCount.toLocaleString('en')} rows of ${userCount.toLocaleString('en')} users by ${release.generation} in ${file}`,
        });
      } finally {
        unlock();
      }
    }),
});

/** @throws {MatineeError} `BAD_ARGUMENT` for a missing file name, or one of another format. */
function readOut(out: string | undefined): { readonly file: string; readonly format: 'parquet' | 'jsonl' } {
  const format = FORMATS[path.extname(out ?? '') as keyof typeof FORMATS];
  if (out === undefined || format === undefined) {
    throw new MatineeError(
      'BAD_ARGUMENT',
      `--out takes a file that ends with .parquet or .jsonl${out === undefined ? '' : `; got "${out}"`}`,
    );
  }
  return { file: path.resolve(out), format };
}
