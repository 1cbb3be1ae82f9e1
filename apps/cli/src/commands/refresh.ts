import { loadRelease, useRelease } from '@matinee/adapters/files';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import { defined } from '@matinee/numerics';
import { defineCommand } from 'citty';
import { parseCount } from '../protocol/protocol-options.ts';
import { runCommand } from '../terminal/run-command.ts';
import { describeComparison, refreshAndCompare } from '../training/refresh-and-compare.ts';
import { releaseFolder } from '../training/train-and-save-release.ts';
import { openDataset } from '../workspace/open-dataset.ts';
import { openItemFacts } from '../workspace/open-item-facts.ts';
import { commonArguments, eventsFileOf, openWorkspace } from '../workspace/workspace.ts';

const SEED = 1;

export const refreshCommand = defineCommand({
  meta: {
    name: 'refresh',
    description: `Train the current release on with what its server's event log holds, and make the result current unless it is worse.

Examples:
  matinee refresh                    the bundled MovieLens set
  matinee refresh --data ml-1m       another prepared data set

Networks go on from what they have learned, everything else is counted anew; the blend's weights and the ranker stay. The
latest fifth of what is new is held back: both releases are asked about it, and the new one takes over unless it is
worse by more than chance. matinee start does this by itself (--refresh-after-events).`,
  },
  args: {
    data: { type: 'string', description: 'Folder of source files, or the name of a prepared data set' },
    threads: { type: 'string', description: 'Threads to train on (default: one a core)' },
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
        const { release, comparison, takesOver } = await refreshAndCompare({
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
          json: { version: release.version, earlier: earlier.version, takesOver, log: release.log, comparison },
          text: [
            `release ${release.version}, ${release.log?.eventCount} events of the log in it`,
            describeComparison(comparison),
            takesOver ? 'it is current from now on' : `it is worse: ${earlier.version} stays current`,
          ].join('\n'),
        });
      } finally {
        await stores.close();
      }
    }),
});
