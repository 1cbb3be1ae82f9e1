import { defineCommand } from 'citty';
import { runCommand } from '../terminal/run-command.ts';
import { prepareSource } from '../workspace/open-dataset.ts';
import { describeValidation } from '../workspace/validation-text.ts';
import { commonArguments, openWorkspace } from '../workspace/workspace.ts';

export const prepareCommand = defineCommand({
  meta: {
    name: 'prepare',
    description: `Turn source files into a prepared data set (Parquet and a manifest).

Examples:
  matinee prepare                                  the bundled MovieLens set
  matinee prepare --data ~/ml-25m                  a MovieLens folder, zipped or not
  matinee prepare --data ~/shop --name shop        your own files, described by ~/shop/matinee.json`,
  },
  args: {
    data: { type: 'string', description: 'Folder of source files (default: the bundled MovieLens set)' },
    name: { type: 'string', description: 'Name of the prepared data set (default: the name of the folder)' },
    replace: {
      type: 'boolean',
      description: 'Take over a name that belongs to another folder, with its log and its releases',
      default: false,
    },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      const { folder, manifest, reused } = await prepareSource({
        workspace: openWorkspace(args.home),
        data: args.data,
        name: args.name,
        replaces: args.replace,
        progress,
        signal,
      });
      print({
        json: { folder, reused, ...manifest },
        text: `${describeValidation(manifest)}\nin ${folder}`,
      });
    }),
});
