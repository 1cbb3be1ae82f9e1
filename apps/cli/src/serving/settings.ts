import { existsSync, statSync } from 'node:fs';
import { MatineeError } from '@matinee/numerics';
import { nearestWord } from '../terminal/nearest-word.ts';
import { readJsonObject } from '../workspace/read-json-object.ts';

/** A setting of the commands that serve: in a file, in the environment, or as an option. */
interface SettingDefinition {
  /** As it is called in the file; the option is the same with dashes. */
  readonly name: string;
  readonly description: string;
  /** A secret is no option, because every user of the machine sees those. */
  readonly isSecret?: true;
  /** A further variable of the environment, besides `MATINEE_…`. */
  readonly alias?: string;
}

/** Every setting, in the order of `matinee config`. */
export const SETTINGS = [
  { name: 'data', description: 'Folder of source files, or the name of a prepared data set' },
  { name: 'host', description: 'Address to listen on; 0.0.0.0 = all of the machine’s (localhost)' },
  { name: 'port', description: 'Port to listen on; 0 = any free one (8003)', alias: 'PORT' },
  { name: 'basePath', description: 'Path below which a proxy serves it, such as /matinee' },
  { name: 'hosts', description: 'Names by which browsers reach the server, with commas' },
  {
    name: 'trustProxy',
    description: 'Proxies whose X-Forwarded-* count: addresses, networks, loopback, none (loopback)',
  },
  { name: 'corsOrigins', description: 'Origins whose pages may use the API, with commas, or *' },
  { name: 'page', description: 'off: no page, and nothing for its visitors (on)' },
  { name: 'demo', description: 'on: everybody may look as any member; on by default on this machine without --hosts' },
  { name: 'keys', description: 'on: programs need an API key; on by default except on this machine' },
  {
    name: 'keyRate',
    description: 'Requests a minute of one key; 0 = no limit (60000, or 0 on this machine without --hosts)',
  },
  { name: 'userRate', description: 'Requests a minute for one user; 0 = no limit (1200, as above)' },
  {
    name: 'addressRate',
    description: 'Requests a minute of one address without a key; 0 = no limit (12000, as above)',
  },
  { name: 'maxRunning', description: 'Pages and lists worked on at once (16)' },
  { name: 'maxWaiting', description: 'Pages and lists that wait; further ones get 503 (512)' },
  { name: 'maxWaitMs', description: 'Milliseconds after which a waiting list gets 503 (400)' },
  { name: 'maxPageWaitMs', description: 'The same for what the page asks for (5000)' },
  { name: 'cacheMb', description: 'Megabytes of answers kept for a minute; 0 = none (32)' },
  { name: 'keptMb', description: 'Megabytes of candidates kept for a minute, for lists and pages; 0 = none (48)' },
  { name: 'exploration', description: 'Share of places drawn at random where rows explore (0.05)' },
  { name: 'operatorToken', description: 'Secret of a backend that acts for anybody', isSecret: true },
  { name: 'catalogueToken', description: 'Secret of whoever adds titles', isSecret: true },
] as const satisfies readonly SettingDefinition[];

export type SettingName = (typeof SETTINGS)[number]['name'];

/** What was given for a setting, and where. */
export interface Setting {
  /** Empty = nothing. */
  readonly text: string;
  /** For messages: `--port`, `MATINEE_PORT`, or `"port" in matinee.config.json`. */
  readonly from: string;
}

export type Settings = Readonly<Record<SettingName, Setting>>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a file of settings is looked for if none is named. */
const CONFIG_FILE = 'matinee.config.json';

/** `basePath` → `base-path`. */
const optionOf = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** `basePath` → `MATINEE_BASE_PATH`. */
export const variableOf = (name: string): string => `MATINEE_${optionOf(name).replaceAll('-', '_').toUpperCase()}`;

interface TextArgument {
  readonly type: 'string';
  readonly description: string;
  readonly default: string;
}

/** The arguments of the commands that serve. */
export const settingArguments = {
  config: {
    type: 'string',
    description: `File of settings (${CONFIG_FILE} here, if it is there; MATINEE_CONFIG)`,
    default: '',
  },
  ...(Object.fromEntries(
    SETTINGS.filter((setting) => !isSecret(setting)).map(({ name, description }) => [
      optionOf(name),
      { type: 'string', description, default: '' },
    ]),
  ) as Readonly<Record<string, TextArgument>>),
} as const;

export function isSecret(setting: SettingDefinition): boolean {
  return setting.isSecret === true;
}

/**
 * Returns what is given for every setting: in the file, over it in the environment, over both as an option.
 *
 * @param args The command's arguments, by the names of {@link settingArguments}.
 * @throws {MatineeError} `NOT_FOUND`, `BAD_CONFIG` for a file that cannot be read, holds a key that is no setting, or a
 * secret that others can read; `BAD_ARGUMENT` for a variable that is almost a setting.
 */
export async function resolveSettings(
  args: Readonly<Record<string, unknown>>,
  environment: Environment,
): Promise<Settings> {
  requireKnownVariables(environment);
  const file = String(args['config'] ?? '') || (environment['MATINEE_CONFIG'] ?? '') || defaultFile();
  const fromFile = file === '' ? {} : await readConfigFile(file);
  const resolved = SETTINGS.map((setting): [SettingName, Setting] => {
    const { name } = setting;
    const alias = 'alias' in setting ? setting.alias : variableOf(name);
    const given: readonly Setting[] = [
      { text: String(args[optionOf(name)] ?? ''), from: `--${optionOf(name)}` },
      { text: (environment[variableOf(name)] ?? '').trim(), from: variableOf(name) },
      { text: (environment[alias] ?? '').trim(), from: alias },
      { text: fromFile[name] ?? '', from: `"${name}" in ${file}` },
    ];
    return [name, given.find(({ text }) => text !== '') ?? { text: '', from: 'default' }];
  });
  return Object.fromEntries(resolved) as Settings;
}

function defaultFile(): string {
  return existsSync(CONFIG_FILE) ? CONFIG_FILE : '';
}

/** Reads a file of settings as text by name. A list may be an array, and `on` may be true. */
async function readConfigFile(file: string): Promise<Readonly<Record<string, string>>> {
  const values = await readJsonObject('--config', file);
  const names = SETTINGS.map(({ name }) => name);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const setting = SETTINGS.find((each) => each.name === name);
      if (setting === undefined) throw unknownSetting(`there is no setting "${name}" (${file})`, name, names);
      if (isSecret(setting)) requirePrivate(file, name);
      return [name, toText(file, name, value)];
    }),
  );
}

function toText(file: string, name: string, value: unknown): string {
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number') return String(value);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value.join(',');
  throw new MatineeError(
    'BAD_CONFIG',
    `"${name}" in ${file} must be a text, a number, true or false, or a list of texts`,
  );
}

function requirePrivate(file: string, name: string): void {
  if (process.platform === 'win32' || (statSync(file).mode & 0o077) === 0) return;
  throw new MatineeError(
    'BAD_CONFIG',
    `${file} holds a secret ("${name}") and others can read it; run: chmod 600 ${file}`,
  );
}

/** A variable that is spelt almost like a setting would silently mean the default. */
function requireKnownVariables(environment: Environment): void {
  const known = ['MATINEE_CONFIG', ...SETTINGS.map(({ name }) => variableOf(name))];
  for (const variable of Object.keys(environment)) {
    if (!variable.startsWith('MATINEE_') || known.includes(variable)) continue;
    const plain = variable.slice('MATINEE_'.length).replaceAll('_', '');
    const meant = known.find((each) => each.slice('MATINEE_'.length).replaceAll('_', '') === plain);
    if (meant !== undefined) {
      throw new MatineeError('BAD_ARGUMENT', `${variable} is no setting; did you mean ${meant}?`);
    }
  }
}

function unknownSetting(what: string, name: string, names: readonly string[]): MatineeError {
  const nearest = nearestWord(name, names);
  const advice = nearest === undefined ? `there are: ${names.join(', ')}` : `did you mean "${nearest}"?`;
  return new MatineeError('BAD_CONFIG', `${what}; ${advice}`);
}
