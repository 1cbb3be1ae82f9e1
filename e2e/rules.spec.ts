import type { APIRequestContext, Page } from '@playwright/test';
import { cardOf, cards, expect, newVisitor, openHome, rows, test } from './test.ts';

const PIN = '2468';

/** An adult with a PIN who makes the rules, and a profile for them, which the browser opens. */
async function household(request: APIRequestContext, playwright: { newContext(): Promise<APIRequestContext> }) {
  const { householdId } = await (await request.post('/api/v1/households', { data: {} })).json();
  const add = async (data: object) =>
    (await request.post(`/api/v1/households/${householdId}/profiles`, { data, headers: await headers() })).json();
  let session: string | undefined;
  const headers = async (): Promise<Record<string, string>> =>
    session === undefined ? {} : { 'x-matinee-session': session };
  const adult = await add({ name: 'Ann', pin: PIN });
  // Not in the browser, whose session is that of the other profile.
  const elsewhere = await playwright.newContext();
  const opened = await elsewhere.post(`/api/v1/profiles/${adult.profileId}/session`, { data: { pin: PIN } });
  session = (await opened.json()).session;
  const profile = await add({ name: 'Kim', maturityCap: 18 });
  await request.post(`/api/v1/profiles/${profile.profileId}/session`, { data: {} });
  const url = `/api/v1/profiles/${profile.profileId}`;
  return {
    userIdx: profile.userIdx as number,
    change: async (data: object) =>
      expect((await elsewhere.patch(url, { data, headers: await headers() })).ok()).toBe(true),
    setPin: async () =>
      expect((await elsewhere.put(`${url}/pin`, { data: { pin: PIN }, headers: await headers() })).ok()).toBe(true),
    remove: async () => expect((await elsewhere.delete(url, { headers: await headers() })).ok()).toBe(true),
  };
}

async function shownItems(page: Page): Promise<string[]> {
  const found = await cards(page).evaluateAll((elements) =>
    elements.map((card) => card.getAttribute('data-card') ?? ''),
  );
  return [...new Set(found)];
}

test.use({ expectedErrors: /status of (401|403|404)/ });

test('a stricter cap empties all open tabs of what it forbids, within seconds', async ({
  page,
  context,
  request,
  playwright,
  baseURL,
}) => {
  const { userIdx, change } = await household(request, {
    newContext: () => playwright.request.newContext({ baseURL: baseURL! }),
  });
  const other = await context.newPage();
  await openHome(page, userIdx);
  await openHome(other, userIdx);
  const before = await shownItems(page);
  await change({ maturityCap: 7 });
  const forbidden = async (tab: Page) => {
    const shown = await shownItems(tab);
    const answer = await request.get(`/api/v1/cards?userIdx=${userIdx}&items=${shown.join()}`);
    const allowed = new Set(((await answer.json()).items as { itemIdx: number }[]).map((card) => String(card.itemIdx)));
    return shown.filter((item) => !allowed.has(item));
  };
  expect((await forbidden(page)).length).toBeGreaterThan(10);
  for (const tab of [page, other]) await expect.poll(() => forbidden(tab), { timeout: 9000 }).toEqual([]);
  await expect(cards(rows(page).first()).first()).toBeVisible();
  expect(await shownItems(page)).not.toEqual(before);
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain(`"itemIdx":${before[0]},"title"`);
});

test('a click on a title that has just gone names it, and its card is gone on the way back', async ({
  page,
  request,
  playwright,
  baseURL,
}) => {
  const { userIdx, change } = await household(request, {
    newContext: () => playwright.request.newContext({ baseURL: baseURL! }),
  });
  await openHome(page, userIdx);
  const card = cards(rows(page).first()).nth(1);
  const itemIdx = (await card.getAttribute('data-card'))!;
  const title = ((await card.getByRole('link').textContent()) ?? '').trim();
  await change({ hidden: [Number(itemIdx)] });
  // Faster than the page finds out by itself.
  await card.getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(
    `“${title}” is not available to this viewer any more.`,
  );
  await page.goBack();
  await expect(cards(rows(page).first()).first()).toBeVisible();
  await expect(cardOf(page, itemIdx)).toHaveCount(0);
});

for (const [what, text] of [
  ['setPin', 'This profile has a PIN. Choose it again to continue.'],
  ['remove', 'This viewer is not open in this browser.'],
] as const) {
  test(`an open page closes after ${what}, wherever it is`, async ({ page, context, request, playwright, baseURL }) => {
    const made = await household(request, { newContext: () => playwright.request.newContext({ baseURL: baseURL! }) });
    const other = await context.newPage();
    await openHome(page, made.userIdx);
    await other.goto(`/title/50?user=${made.userIdx}`);
    await expect(other.getByRole('heading', { name: 'More like this' })).toBeVisible();
    await made[what]();
    for (const tab of [page, other]) {
      await expect(tab.getByRole('heading', { level: 1 })).toHaveText(text);
      await expect(cards(tab)).toHaveCount(0);
    }
  });
}

test('what another device says shows on an open page', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  await openHome(page, userIdx);
  const card = cards(rows(page).first()).nth(1);
  const itemIdx = Number(await card.getAttribute('data-card'));
  await request.post('/api/v1/events', {
    data: { userIdx, events: [{ eventId: crypto.randomUUID(), type: 'like', itemIdx }] },
  });
  await expect(card.locator('[data-feedback="like"]')).toHaveAttribute('aria-pressed', 'true');
});
