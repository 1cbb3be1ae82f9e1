import { loadRelease, useRelease } from '@matinee/adapters/files';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import { defined } from '@matinee/numerics';
import { defineCommand } from 'citty';
import { parseCount } from '../protocol/protocol-options.ts';
import { runCommand } from '../terminal/run-command.ts';
import { describeComparison, describeMembers, refreshAndCompare } from '../training/refresh-and-compare.ts';
import { releaseFolder } from '../training/train-and-save-release.ts';
import { openDataset } from '../workspace/open-dataset.ts';
import { openItemFacts } from '../workspace/open-item-facts.ts';
import { commonArguments, eventsFileOf, openWorkspace } from '../workspace/workspace.ts';

const SEED = 1;

export const refreshCommand = defineCommand({
  meta: {
    name: 'refresh',
    description: `Train the current release further on its server's event log, and make the result current unless it is worse.

Examples:
  matinee refresh                    the bundled MovieLens set
  matinee refresh --data ml-1m       another prepared data set

Networks continue from their weights, the other sources are counted again; the blend's weights and the ranker stay. The
latest fifth of the new events is held back: both releases predict it, and the new one takes over unless it is
significantly worse, or changes too much for members of the data set. Visitors count once they have come back on a later
day, and nobody for more than 50 titles a day. matinee start does this automatically (--refresh-after-events).`,
  },
  args: {
    data: { type: 'string', description: 'Folder of source files, or the name of a prepared data set' },
    threads: { type: 'string', description: 'Threads to train on (default: one per core)' },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      const threadCount = args.threads === undefined ? undefined : parseCount('--threads', args.threads, 1);
      const workspace = openWorkspace(args.home);
      const dataset = await openDataset({ workspace, data: args.data, progress, signal });
      const folder = releaseFolder(workspace, dataset.name);
      const earlier = await loadRelease(folder);
      const facts = await openItemFacts({ workspace, dataset, progress });
      const stores = openSqliteStores(eventsFileOf(workspace, dataset.name));
      try {
        const { release, comparison, members, refusals, takesOver } = await refreshAndCompare({
          ...{
            dataset,
            workspace,
            facts,
            release: earlier,
            eventLog: stores.events,
            newItems: stores.newItems,
            progress,
            seed: SEED,
          },
          ...defined({ threadCount }),
        });
        if (takesOver) await useRelease(folder, release.version);
        print({
          json: {
            version: release.version,
            earlier: earlier.version,
            takesOver,
            refusals,
            log: release.log,
            comparison,
            members,
          },
          text: [
            `release ${release.version}, trained on ${release.log?.eventCount} events of the log`,
            describeComparison(comparison),
            describeMembers(members),
            takesOver
              ? 'it is the current release now'
              : `${earlier.version} stays current, because the new one ${refusals.join(', and ')}`,
          ].join('\n'),
        });
      } finally {
        await stores.close();
      }
    }),
});
