import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { partialName } from '@matinee/adapters/files';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import { MatineeError } from '@matinee/numerics';
import { attributeFeedback, type EventLog } from '@matinee/recommender';
import { defineCommand } from 'citty';
import { runCommand } from '../terminal/run-command.ts';
import { commonArguments, eventsFileOf, openWorkspace } from '../workspace/workspace.ts';

export const exportLogCommand = defineCommand({
  meta: {
    name: 'export-log',
    description: `Write a server's event log as training rows, one JSON object per line: who did what and when, and
whether, where and in which response the item had been shown.

Examples:
  matinee data export-log movielens-small --out interactions.jsonl
  matinee data export-log shop --out - | head`,
  },
  args: {
    name: { type: 'positional', description: 'Name of the prepared data set', required: true },
    out: { type: 'string', description: 'File to write; - = standard output', default: '-' },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      const file = eventsFileOf(openWorkspace(args.home), args.name);
      if (!existsSync(file))
        throw new MatineeError('NOT_FOUND', `${args.name} has no event log; ${file} is made by matinee serve`);
      const stores = openSqliteStores(file);
      try {
        const rows = { shown: 0, count: 0 };
        const lines = Readable.from(linesOf(stores.events, rows), { objectMode: false });
        if (args.out === '-') {
          await pipeline(lines, process.stdout, { signal, end: false }).catch((error: NodeJS.ErrnoException) => {
            // The reader, such as head, has closed the pipe.
            if (error.code !== 'EPIPE') throw error;
          });
          return;
        }
        const out = path.resolve(args.out);
        await progress.stage('export the event log', async ({ summary }) => {
          mkdirSync(path.dirname(out), { recursive: true });
          const aside = path.join(path.dirname(out), partialName());
          try {
            await pipeline(lines, createWriteStream(aside, { flush: true }), { signal });
            await rename(aside, out);
          } catch (error) {
            await rm(aside, { force: true });
            throw error;
          }
          summary(
            `${rows.count.toLocaleString('en')} rows, ${rows.shown.toLocaleString('en')} of items that had been shown`,
          );
        });
        print({ json: { file: out, ...rows }, text: out });
      } finally {
        await stores.close();
      }
    }),
});

async function* linesOf(log: EventLog, rows: { shown: number; count: number }): AsyncGenerator<string> {
  for await (const row of attributeFeedback(log)) {
    rows.count++;
    if (row.shown) rows.shown++;
    yield `${JSON.stringify(row)}\n`;
  }
}
