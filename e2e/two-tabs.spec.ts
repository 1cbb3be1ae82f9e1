import type { BrowserContext, Page } from '@playwright/test';
import { button, cardOf, eventsOf, expect, give, newVisitor, openHome, rows, test } from './test.ts';

const pressed = (page: Page, type: 'like' | 'watched') => page.locator(`main [data-feedback="${type}"]`).first();

async function openTitle(context: BrowserContext, itemIdx: number, userIdx: number): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`/title/${itemIdx}?user=${userIdx}`);
  await expect(pressed(page, 'like')).toBeVisible();
  return page;
}

test.describe('two tabs of one browser', () => {
  test.use({ expectedErrors: /net::ERR_INTERNET_DISCONNECTED/ });

  test('what each said offline arrives, and shows as said until then', async ({ page, context, request }) => {
    const { userIdx } = await newVisitor(request);
    const one = await openTitle(context, 50, userIdx);
    const other = await openTitle(context, 60, userIdx);
    await context.setOffline(true);
    await pressed(one, 'like').click();
    await pressed(other, 'like').click();
    await expect(other.getByText('2 choices wait')).toBeVisible();
    await one.close();
    await other.close();
    await context.setOffline(false);
    await page.goto('/');
    await expect
      .poll(async () => (await eventsOf(request, userIdx)).map(({ itemIdx }) => itemIdx).sort())
      .toEqual([50, 60]);
  });

  test('a like in one shows in the other, and so does taking it back there', async ({ context, request }) => {
    const { userIdx } = await newVisitor(request);
    const one = await openTitle(context, 50, userIdx);
    const other = await openTitle(context, 50, userIdx);
    await pressed(one, 'like').click();
    await expect(pressed(other, 'like')).toHaveAttribute('aria-pressed', 'true');
    await pressed(other, 'like').click();
    await expect(pressed(one, 'like')).toHaveAttribute('aria-pressed', 'false');
    await expect
      .poll(async () => (await eventsOf(request, userIdx)).filter(({ type }) => type === 'like').map((e) => e.undone))
      .toEqual([true]);
    await one.reload();
    await expect(pressed(one, 'like')).toHaveAttribute('aria-pressed', 'false');
  });

  test('each remembers its searches beside the other’s, and keeps its own viewer', async ({ context, request }) => {
    const { userIdx } = await newVisitor(request);
    const { userIdx: second } = await newVisitor(request);
    const one = await openTitle(context, 50, userIdx);
    const other = await openTitle(context, 60, second);
    for (const [tab, text] of [
      [one, 'heat'],
      [other, 'fargo'],
    ] as const) {
      await tab.getByRole('combobox').fill(text);
      await tab.getByRole('combobox').press('Enter');
      await expect(tab).toHaveURL(`/search?q=${text}`);
    }
    await one.reload();
    await one.getByRole('combobox').fill('');
    await one.getByRole('combobox').focus();
    for (const text of ['heat', 'fargo']) await expect(one.getByRole('option', { name: text })).toBeVisible();
    expect(await one.evaluate(() => sessionStorage.getItem('matinee.user'))).toBe(String(userIdx));
  });

  test('both make profiles of one household', async ({ context }) => {
    const tabs = [await context.newPage(), await context.newPage()];
    for (const tab of tabs) await tab.goto('/profiles');
    for (const [index, tab] of tabs.entries()) {
      await tab.getByRole('button', { name: 'New profile' }).click();
      await tab.getByLabel('Name').fill(`Tab ${index}`);
      await tab.getByRole('button', { name: 'Create' }).click();
      await expect(tab.getByRole('button', { name: `Tab ${index}` })).toBeVisible();
    }
    await tabs[0]!.reload();
    for (const index of [0, 1]) await expect(tabs[0]!.getByRole('button', { name: `Tab ${index}` })).toBeVisible();
  });
});

test('what was said long ago is taken back by name, and nothing else with it', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  const say = async (events: { type: string; itemIdx: number }[]) => {
    const body = { userIdx, events: events.map((event) => ({ eventId: crypto.randomUUID(), ...event })) };
    expect((await request.post('/api/v1/events', { data: body })).ok()).toBe(true);
  };
  await say([
    { type: 'like', itemIdx: 50 },
    { type: 'watched', itemIdx: 50 },
  ]);
  for (let batch = 0; batch < 3; batch++)
    await say(Array.from({ length: 40 }, (_, index) => ({ type: 'like', itemIdx: 100 + 40 * batch + index })));
  await page.goto(`/title/50?user=${userIdx}`);
  await expect(pressed(page, 'like')).toHaveAttribute('aria-pressed', 'true');
  await pressed(page, 'like').click();
  await expect(pressed(page, 'like')).toHaveAttribute('aria-pressed', 'false');
  const feedback = async () =>
    (await (await request.get(`/api/v1/items/50?userIdx=${userIdx}`)).json()).feedback as unknown;
  await expect.poll(feedback).toEqual({ taste: null, watched: true, skipped: false });
  await page.reload();
  await expect(pressed(page, 'like')).toHaveAttribute('aria-pressed', 'false');
  await expect(pressed(page, 'watched')).toHaveAttribute('aria-pressed', 'true');
});

test('a fresh answer wins over what the page remembers', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  await openHome(page, userIdx);
  const card = rows(page).first().locator('li[data-card]').nth(1);
  const itemIdx = (await card.getAttribute('data-card'))!;
  await give(card, 'like');
  await expect.poll(async () => (await eventsOf(request, userIdx)).length).toBe(1);
  const [like] = await eventsOf(request, userIdx);
  // Another device takes it back.
  await request.post('/api/v1/events', {
    data: {
      userIdx,
      events: [{ eventId: crypto.randomUUID(), type: 'undo', itemIdx: Number(itemIdx), undoes: like!.eventId }],
    },
  });
  await cardOf(rows(page), itemIdx).getByRole('link').click();
  await expect(page).toHaveURL(`/title/${itemIdx}`);
  await expect(pressed(page, 'like')).toHaveAttribute('aria-pressed', 'false');
  await page.goBack();
  await expect(button(cardOf(rows(page), itemIdx), 'like')).toHaveAttribute('aria-pressed', 'false');
});
