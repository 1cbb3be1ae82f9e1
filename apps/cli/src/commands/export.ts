import path from 'node:path';
import { MatineeError } from '@matinee/numerics';
import { defineCommand } from 'citty';
import { exportRelease } from '../export/export-release.ts';
import { openRelease } from '../serving/open-release.ts';
import { runCommand } from '../terminal/run-command.ts';
import { readDeletedUsers } from '../workspace/deleted-users.ts';
import { openDataset } from '../workspace/open-dataset.ts';
import { commonArguments, openWorkspace } from '../workspace/workspace.ts';

export const exportCommand = defineCommand({
  meta: {
    name: 'export',
    description: `Write what was trained for use in other programs, such as Python.

The folder then holds, for each source with vectors, item-vectors.parquet, user-vectors.parquet, the network that makes a
vector of a history (ONNX) and items.usearch, a graph for search; ranker/, the trees and the network that rank (ONNX);
checks.json, what each of them answers for a few users; and export.json, with shapes and the sha256 of every file.
examples/read-export.py reads it.

Examples:
  matinee export --out exported                            the current release of the bundled data
  matinee export --data shop --generation v3 --out exported`,
  },
  args: {
    out: { type: 'string', description: 'Folder to make' },
    data: { type: 'string', description: 'Folder of source files, or a prepared data set (default: the bundled one)' },
    generation: { type: 'string', description: 'The generation (default: the one that is current)', default: '' },
    ...commonArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ progress, signal, print }) => {
      if (args.out === undefined || args.out === '') {
        throw new MatineeError('BAD_ARGUMENT', '--out takes the folder that is made');
      }
      const folder = path.resolve(args.out);
      const workspace = openWorkspace(args.home);
      const dataset = await openDataset({ workspace, data: args.data, progress, signal });
      const { generation } = args;
      const release = await openRelease({ workspace, dataset, progress, option: '--generation', generation });
      const deletedIds = await readDeletedUsers(workspace, dataset);
      const manifest = await exportRelease({ dataset, release, deletedIds, folder, progress, signal });
      const files = Object.keys(manifest.files).length;
      print({ json: { folder, ...manifest }, text: `\n${files} files of ${release.generation} in ${folder}` });
    }),
});
