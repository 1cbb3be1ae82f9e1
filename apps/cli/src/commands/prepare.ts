import { defined, MatineeError } from '@matinee/numerics';
import { defineCommand } from 'citty';
import { runCommand } from '../terminal/run-command.ts';
import { releaseFolder } from '../training/train-and-save-release.ts';
import { appendFiles, describeAppended } from '../workspace/append-files.ts';
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
  matinee prepare --data ~/shop --name shop        your own files, described by ~/shop/matinee.json
  matinee prepare --data shop --append today.csv   more events of it; the files that it has are not read again`,
  },
  args: {
    data: {
      type: 'string',
      description:
        'Folder of source files (default: the bundled MovieLens set); with --append also the name of a data set',
    },
    name: { type: 'string', description: 'Name of the prepared data set (default: the name of the folder)' },
    replace: {
      type: 'boolean',
      description: 'Take over a name that belongs to another folder, with its log and its releases',
      default: false,
    },
    append: {
      type: 'string',
      description: 'File or folder with new events or titles, which join the prepared data set. Its indices stay',
    },
    'leave-out-missing': {
      type: 'boolean',
      description: 'Prepare again without the appended files that are gone or have changed',
      default: false,
    },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      const workspace = openWorkspace(args.home);
      const { data, name } = args;
      if (args.append !== undefined) {
        if (args.append === '') throw new MatineeError('BAD_ARGUMENT', '--append takes a file or a folder');
        if (args.replace) throw new MatineeError('BAD_ARGUMENT', '--replace is for preparing, not for --append');
        const appended = await appendFiles({ workspace, data, name, target: args.append, progress, signal });
        const { folder, files, known, addition, isChanged, manifest } = appended;
        print({
          json: { folder, files, known, addition: addition ?? null, isChanged, ...manifest },
          text: describeAppended(appended, releaseFolder(workspace, manifest.name)),
        });
        return;
      }
      const { folder, manifest, reused, readAgain, leftOut } = await prepareSource({
        ...{ workspace, data, name, progress, signal },
        replaces: args.replace,
        leavesOutMissing: args['leave-out-missing'],
      });
      print({
        json: { folder, reused, ...manifest, ...defined({ readAgain, leftOut }) },
        text: `${describeValidation(manifest)}\nin ${folder}`,
      });
    }),
});
