import { expect, it } from 'vitest';
import { startTestServer } from '../testing/test-server.ts';
import { sweepRows } from './sweep-rows.ts';

const DAY_MS = 86_400_000;

it('removes what nobody uses, in small steps, and nothing that is in use', async () => {
  const { stores, close } = await startTestServer();
  const { visitors, households, events } = stores;
  const rules = { name: 'x', isKids: false, maturityCap: null, allowList: null, hidden: [], region: null };
  const used = await visitors.create('visitor-used', 0);
  await events.append([{ eventId: 'like-0001', userId: used.userId, itemId: 'm1', type: 'like', atMs: 0 }]);
  await Promise.all(Array.from({ length: 1200 }, (_, index) => visitors.create(`visitor-${index}`, 0)));
  await visitors.create('visitor-new', 90 * DAY_MS);
  await visitors.create('profile-of-unused', 0);
  for (const householdId of ['empty', 'unused']) await households.createHousehold(householdId, 0);
  const profile = { profileId: 'p', householdId: 'unused', userId: 'profile-of-unused', createdAtMs: 0, ...rules };
  await households.createProfile(profile);
  let pauses = 0;
  const pause = async (): Promise<void> => {
    pauses++;
  };
  expect(await sweepRows(stores, 80 * DAY_MS, pause)).toEqual({ households: 1, visitors: 1200 });
  expect(pauses).toBeGreaterThanOrEqual(2);
  // The user of the unused household goes with it.
  expect(await sweepRows(stores, 91 * DAY_MS, pause)).toEqual({ households: 1, visitors: 1 });
  expect((await visitors.list(10)).map(({ userId }) => userId)).toEqual(['visitor-new', 'visitor-used']);
  await close();
});
