import { existsSync } from 'node:fs';
import path from 'node:path';
import { detectSource } from '@matinee/adapters/duckdb';
import { openSqliteStores } from '@matinee/adapters/sqlite';
import { MatineeError } from '@matinee/numerics';
import type { ApiKeyStore } from '@matinee/recommender';
import { createApiKey, readScopes } from '@matinee/server';
import { defineCommand } from 'citty';
import { resolveSettings, type Setting, settingArguments } from '../serving/settings.ts';
import { alignColumns } from '../terminal/align-columns.ts';
import { runCommand } from '../terminal/run-command.ts';
import { BUNDLED_DATA } from '../workspace/open-dataset.ts';
import { nameOfSource } from '../workspace/source-of-name.ts';
import { commonArguments, eventsFileOf, makeHome, openWorkspace, type Workspace } from '../workspace/workspace.ts';

const keyArguments = {
  config: settingArguments.config,
  data: {
    type: 'string',
    description: 'Folder of source files, or the name of a prepared data set (that of the server)',
  },
  ...commonArguments,
} as const;

const createCommand = defineCommand({
  meta: {
    name: 'create',
    description: `Make an API key and print it. It is shown once; only a hash of it is stored.

Examples:
  matinee keys create --scope read,write --name shop
  matinee keys create --scope catalogue --name import --data ml-1m`,
  },
  args: {
    scope: { type: 'string', description: 'read, write, catalogue, admin; several with commas', required: true },
    name: { type: 'string', description: 'What you call it: letters, digits, dot, dash, underscore', required: true },
    ...keyArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ print }) => {
      const scopes = readScopes(args.scope);
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(args.name)) {
        throw new MatineeError('BAD_ARGUMENT', '--name takes up to 64 letters, digits, dots, dashes and underscores');
      }
      await withKeys(args, async (keys) => {
        const { text, stored } = createApiKey(args.name, scopes, Date.now());
        if (!(await keys.add(stored))) {
          throw new MatineeError(
            'BAD_ARGUMENT',
            `there is a key "${args.name}"; revoke it first, or choose another --name`,
          );
        }
        print({ json: { key: text, keyId: stored.keyId, name: args.name, scopes }, text });
      });
    }),
});

const listCommand = defineCommand({
  meta: { name: 'list', description: 'List the API keys with their scopes; what opens is not among it' },
  args: keyArguments,
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ print }) => {
      await withKeys(args, async (keys) => {
        const list = (await keys.list()).map(({ keyId, name, scopes, createdAtMs, revokedAtMs }) => ({
          keyId,
          name,
          scopes,
          created: new Date(createdAtMs).toISOString(),
          revoked: revokedAtMs === null ? null : new Date(revokedAtMs).toISOString(),
        }));
        const head = ['name', 'id', 'scopes', 'created', 'revoked'];
        const rows = list.map((key) => [key.name, key.keyId, key.scopes.join(','), key.created, key.revoked ?? '']);
        print({ json: { keys: list }, text: alignColumns([head, ...rows], head).join('\n') });
      });
    }),
});

const revokeCommand = defineCommand({
  meta: { name: 'revoke', description: 'End an API key for good; it opens nothing after a second' },
  args: {
    key: { type: 'positional', description: 'Name or id of the key', required: true },
    ...keyArguments,
  },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ print }) => {
      await withKeys(args, async (keys) => {
        if (!(await keys.revoke(args.key, Date.now()))) {
          throw new MatineeError('NOT_FOUND', `no valid key is called "${args.key}"; matinee keys list shows them`);
        }
        print({ json: { revoked: args.key }, text: `"${args.key}" is revoked` });
      });
    }),
});

export const keysCommand = defineCommand({
  meta: { name: 'keys', description: 'API keys of programs: create, list, revoke' },
  subCommands: { create: createCommand, list: listCommand, revoke: revokeCommand },
});

/** Opens the keys of the server that is started here: its data set is a setting, in a file or in the environment. */
async function withKeys(
  args: { readonly home: string; readonly data?: string | undefined; readonly config: string },
  use: (keys: ApiKeyStore) => Promise<void>,
): Promise<void> {
  const { data } = await resolveSettings({ config: args.config, data: args.data }, process.env);
  const workspace = openWorkspace(args.home);
  makeHome(workspace);
  const stores = openSqliteStores(eventsFileOf(workspace, nameOfData(workspace, data)));
  try {
    await use(stores.apiKeys);
  } finally {
    await stores.close();
  }
}

/** @throws {MatineeError} `NOT_FOUND` where it is neither a folder nor a prepared data set. */
function nameOfData(workspace: Workspace, { text, from }: Setting): string {
  const data = text || BUNDLED_DATA;
  if (existsSync(data)) {
    const source = detectSource(data);
    return nameOfSource(workspace, source.folder, source.name);
  }
  if (existsSync(path.join(workspace.datasets, data))) return data;
  throw new MatineeError(
    'NOT_FOUND',
    `${from}: ${data} is no folder here, and no prepared data set in ${workspace.datasets}`,
  );
}
