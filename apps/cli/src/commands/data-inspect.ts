import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type MappingProposal, proposeMapping } from '@matinee/adapters/duckdb';
import { MatineeError } from '@matinee/numerics';
import { defineCommand } from 'citty';
import { alignColumns } from '../terminal/align-columns.ts';
import { runCommand } from '../terminal/run-command.ts';
import { commonArguments } from '../workspace/workspace.ts';

export const dataInspectCommand = defineCommand({
  meta: {
    name: 'inspect',
    description: `Look at the first rows of a file of events, or of items alone, and propose the matinee.json with which it is read.
The proposal goes to standard output; columns, guesses and what is strange go to standard error.

Examples:
  matinee data inspect ~/shop/events.csv
  matinee data inspect ~/shop/events.csv --items ~/shop/products.jsonl > ~/shop/matinee.json
  matinee data validate --data ~/shop`,
  },
  args: {
    file: { type: 'positional', description: 'A file, a folder of parts or a pattern in quotes', required: true },
    items: { type: 'string', description: 'The table of items, in the same folder or below' },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, print }) => {
      const scratch = await mkdtemp(path.join(os.tmpdir(), 'matinee-inspect-'));
      try {
        const look = async (file: string, wanted: readonly ('interactions' | 'items')[]): Promise<MappingProposal> => {
          const proposal = await proposeMapping(path.resolve(file), scratch);
          if (wanted.every((table) => proposal.mapping[table] === undefined))
            throw new MatineeError('BAD_ARGUMENT', describeOther(file, wanted.includes('interactions')));
          progress.note(`${file}\n${describeColumns(proposal)}`);
          for (const note of proposal.notes) progress.note(`note: ${note}`);
          return proposal;
        };
        // A table of items alone is a data set too: nothing has happened yet.
        const events = await look(args.file, args.items === undefined ? ['interactions', 'items'] : ['interactions']);
        if (events.mapping['items'] !== undefined) {
          progress.note('note: there are no events: V1 shows these titles by genre and year until people do something');
        }
        const items = args.items === undefined ? undefined : await look(args.items, ['items']);
        const mapping = {
          ...events.mapping,
          ...(items !== undefined && { items: besides(items.mapping, args.file, args.items ?? '') }),
        };
        print({
          json: {
            mapping,
            events: describeProposal(events),
            ...(items !== undefined && { items: describeProposal(items) }),
          },
          text: JSON.stringify(mapping, null, 2),
        });
      } finally {
        await rm(scratch, { recursive: true, force: true });
      }
    }),
});

function describeOther(file: string, wantsEvents: boolean): string {
  return wantsEvents
    ? `${file} looks like a table of items; name the file of the events, and this one with --items`
    : `--items ${file} looks like a file of events`;
}

/** Names the item table as the mapping beside the events does. */
function besides(mapping: MappingProposal['mapping'], eventsFile: string, itemsFile: string): object {
  const folder = path.dirname(path.resolve(eventsFile));
  return { ...(mapping['items'] as object), file: path.relative(folder, path.resolve(itemsFile)) };
}

function describeProposal({ columns, notes }: MappingProposal): object {
  return { columns, notes };
}

function describeColumns({ columns }: MappingProposal): string {
  const head = ['column', 'meaning', 'example'];
  return alignColumns([head, ...columns.map(({ name, meaning, example }) => [name, meaning, example])], head)
    .map((line) => `    ${line}`)
    .join('\n');
}
