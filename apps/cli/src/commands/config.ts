import { DEFAULT_LOAD_LIMITS, DEFAULT_RATE_LIMITS, isLoopback } from '@matinee/server';
import { defineCommand } from 'citty';
import { chooseHost, choosePort, chooseSettings } from '../serving/serve-options.ts';
import {
  isSecret,
  resolveSettings,
  SETTINGS,
  type SettingName,
  type Settings,
  settingArguments,
} from '../serving/settings.ts';
import { alignColumns } from '../terminal/align-columns.ts';
import { runCommand } from '../terminal/run-command.ts';
import { commonArguments } from '../workspace/workspace.ts';

export const configCommand = defineCommand({
  meta: {
    name: 'config',
    description: `Print the settings that start and serve would use, and where each comes from. Secrets are not shown.
A file of settings is JSON; the environment (MATINEE_BASE_PATH) goes over it, an option (--base-path) over both.

Examples:
  matinee config
  matinee config --config /etc/matinee.json --host 0.0.0.0
  echo '{"basePath": "/matinee", "corsOrigins": ["https://shop.example"]}' > matinee.config.json`,
  },
  args: { ...settingArguments, ...commonArguments },
  run: ({ args }) =>
    runCommand({ json: args.json }, async ({ print }) => {
      const settings = await resolveSettings(args, process.env);
      choosePort(settings.port);
      chooseSettings(settings);
      const shown = SETTINGS.map((setting) => ({
        name: setting.name,
        ...show(setting.name, settings, isSecret(setting)),
      }));
      const rows = shown.map(({ name, value, from }) => [name, value, from]);
      print({
        json: { settings: Object.fromEntries(shown.map(({ name, value, from }) => [name, { value, from }])) },
        text: alignColumns([['setting', 'value', 'from'], ...rows], ['setting', 'value', 'from']).join('\n'),
      });
    }),
});

function show(
  name: SettingName,
  settings: Settings,
  hides: boolean,
): { readonly value: string; readonly from: string } {
  const { text, from } = settings[name];
  if (text === '') return { value: defaultsOf(settings)[name], from };
  return { value: hides ? '(hidden)' : text, from };
}

/** What the server does where nothing is given. Some of it depends on who reaches the server. */
function defaultsOf(settings: Settings): Readonly<Record<SettingName, string>> {
  const isLocal: boolean = isLoopback(chooseHost(settings.host));
  const isOwn = isLocal && settings.hosts.text === '';
  const rate = (perMinute: number): string => (isOwn ? '0' : String(perMinute));
  return {
    data: '(the bundled data set)',
    host: 'localhost',
    port: '8003',
    basePath: '/',
    hosts: '(none)',
    trustProxy: 'loopback',
    corsOrigins: '(none)',
    page: 'on',
    demo: isOwn ? 'on' : 'off',
    keys: isLocal ? 'off' : 'on',
    keyRate: rate(DEFAULT_RATE_LIMITS.perKey),
    userRate: rate(DEFAULT_RATE_LIMITS.perUser),
    addressRate: rate(DEFAULT_RATE_LIMITS.perAddress),
    maxRunning: String(DEFAULT_LOAD_LIMITS.maxRunning),
    maxWaiting: String(DEFAULT_LOAD_LIMITS.maxWaiting),
    maxWaitMs: String(DEFAULT_LOAD_LIMITS.maxWaitMs),
    maxPageWaitMs: String(DEFAULT_LOAD_LIMITS.maxPageWaitMs),
    cacheMb: '32',
    keptMb: '48',
    exploration: '0.05',
    operatorToken: '(none)',
    catalogueToken: '(none)',
  };
}
