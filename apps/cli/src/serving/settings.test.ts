import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveSettings, SETTINGS, settingArguments, variableOf } from './settings.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'matinee-settings-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function fileOf(content: object | string, mode = 0o600): Promise<string> {
  const file = path.join(folder, 'matinee.config.json');
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  await chmod(file, mode);
  return file;
}

describe('resolveSettings', () => {
  it('takes the file, over it the environment, over both the option, and says which', async () => {
    const config = await fileOf({ basePath: '/file', port: 1, hosts: ['a.example', 'b.example'], page: false });
    const settings = await resolveSettings(
      { config, 'base-path': '/option' },
      { MATINEE_BASE_PATH: '/environment', MATINEE_PORT: '2' },
    );
    expect(settings.basePath).toEqual({ text: '/option', from: '--base-path' });
    expect(settings.port).toEqual({ text: '2', from: 'MATINEE_PORT' });
    expect(settings.hosts).toEqual({ text: 'a.example,b.example', from: `"hosts" in ${config}` });
    expect(settings.page.text).toBe('off');
    expect(settings.demo).toEqual({ text: '', from: 'default' });
  });

  it('finds the file by a variable too', async () => {
    const config = await fileOf({ port: 7 });
    expect((await resolveSettings({}, { MATINEE_CONFIG: config })).port.text).toBe('7');
  });

  it('refuses a key that is no setting, with the nearest one', async () => {
    const wrong = async (content: object | string) => resolveSettings({ config: await fileOf(content) }, {});
    await expect(wrong({ basPath: '/x' })).rejects.toThrow('no setting "basPath"');
    await expect(wrong({ basPath: '/x' })).rejects.toThrow('did you mean "basePath"?');
    await expect(wrong({ corsOrigin: '*' })).rejects.toThrow('did you mean "corsOrigins"?');
    await expect(wrong({ somethingElse: 1 })).rejects.toThrow('there are: data, host, port');
    await expect(wrong({ port: null })).rejects.toThrow('"port" in');
    await expect(wrong('[1]')).rejects.toThrow('must hold an object');
    await expect(wrong('{')).rejects.toThrow('is not JSON');
    await expect(resolveSettings({ config: path.join(folder, 'nothing') }, {})).rejects.toThrow('cannot be read');
  });

  it('refuses a variable that is spelt almost like a setting, and leaves others alone', async () => {
    await expect(resolveSettings({}, { MATINEE_BASEPATH: '/x' })).rejects.toThrow('did you mean MATINEE_BASE_PATH?');
    await resolveSettings({}, { MATINEE_EXTRA_DATA: '/x', MATINEE_CHROMIUM: '/x' });
  });

  it.runIf(process.platform !== 'win32')('takes a secret from a file only where nobody else reads it', async () => {
    const content = { operatorToken: '0123456789abcdef' };
    expect((await resolveSettings({ config: await fileOf(content) }, {})).operatorToken.text).toBe('0123456789abcdef');
    const open = resolveSettings({ config: await fileOf(content, 0o644) }, {});
    await expect(open).rejects.toThrow('chmod 600');
    await expect(open).rejects.not.toThrow('0123456789abcdef');
    await fileOf({});
  });

  it('has an option for every setting that is no secret', () => {
    expect(Object.keys(settingArguments)).toEqual(
      expect.arrayContaining(['config', 'base-path', 'cors-origins', 'keys']),
    );
    for (const name of ['operator-token', 'catalogue-token']) expect(settingArguments).not.toHaveProperty(name);
    expect(SETTINGS.map(({ name }) => variableOf(name))).toContain('MATINEE_OPERATOR_TOKEN');
  });
});
