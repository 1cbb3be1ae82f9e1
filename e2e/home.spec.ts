import { readingForm, titlesRatedBy } from './ratings.ts';
import { cards, expect, homeOf, openHome, rows, test, viewerLink } from './test.ts';

test('the home of a member shows filled rows whose reasons are true', async ({ page }) => {
  await page.goto('/profiles');
  await page.getByLabel('Find a member by number').fill('15');
  await page
    .getByRole('button', { name: /^Member 15\b/ })
    .first()
    .click();
  await expect(page).toHaveURL(/\/\?user=\d+$/);
  await expect(page).toHaveTitle('Home · Matinee');
  await expect(viewerLink(page)).toContainText('Member 15');
  await expect(page.getByText('Top pick for you')).toBeVisible();

  await expect.poll(() => rows(page).count()).toBeGreaterThanOrEqual(3);
  const rated = new Set([...titlesRatedBy('15')].map(readingForm));
  expect(rated.size).toBeGreaterThan(20);
  const headings = await rows(page).getByRole('heading', { level: 2 }).allTextContents();
  expect(new Set(headings).size).toBe(headings.length);
  for (const [index, heading] of headings.entries()) {
    expect(await cards(rows(page).nth(index)).count(), heading).toBeGreaterThanOrEqual(4);
    const anchor = /^Because you (?:watched|liked) (.+)$/.exec(heading)?.[1];
    if (anchor !== undefined) expect(rated, heading).toContain(anchor);
  }
  const reasons = await page
    .locator('main')
    .getByText(/^(Because you |Similar to your taste|Popular among similar users|Trending now)/)
    .allTextContents();
  expect(reasons.length).toBeGreaterThan(5);
  for (const reason of reasons) {
    const anchor = /^Because you (?:watched|liked) (.+)$/.exec(reason)?.[1];
    if (anchor !== undefined) expect(rated, reason).toContain(anchor);
  }
});

test('no title stands twice on the page, and none that the member has seen', async ({ page, request }) => {
  await openHome(page, 21);
  const shown = await cards(rows(page)).evaluateAll((items) => items.map((item) => item.getAttribute('data-card')));
  expect(shown.length).toBeGreaterThan(20);
  expect(new Set(shown).size).toBe(shown.length);
  const home = await homeOf(request, 21);
  expect(home.rows.flatMap(({ items }) => items).every(({ feedback }) => !feedback.watched && !feedback.skipped)).toBe(
    true,
  );
});

test('the page keeps still while it loads, and stays small', async ({ page }) => {
  await page.addInitScript(() => {
    const store = window as unknown as { shift: number };
    store.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as { value: number; hadRecentInput: boolean }[])
        if (!entry.hadRecentInput) store.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await openHome(page, 33);
  await page.waitForLoadState('networkidle');
  await page.mouse.wheel(0, 1200);
  await page.waitForTimeout(500);
  expect(await page.evaluate(() => (window as unknown as { shift: number }).shift)).toBeLessThanOrEqual(0.02);
  expect(await page.evaluate(() => document.querySelectorAll('*').length)).toBeLessThanOrEqual(2500);
});

test('a row scrolls with its buttons and loads on at its end', async ({ page }) => {
  await openHome(page, 40);
  const row = rows(page)
    .filter({ has: page.locator('[data-card="more"]') })
    .first();
  const heading = await row.getByRole('heading').textContent();
  await row.hover();
  const back = row.getByRole('button', { name: `Scroll back: ${heading}` });
  const forward = row.getByRole('button', { name: `Scroll on: ${heading}` });
  await expect(back).toBeHidden();
  await forward.click();
  await expect(back).toBeVisible();
  const before = await cards(row).count();
  await expect
    .poll(async () => {
      await row.locator('ul').evaluate((list) => list.scrollTo({ left: list.scrollWidth, behavior: 'instant' }));
      return cards(row).count();
    })
    .toBeGreaterThan(before);
  const shown = await cards(row).evaluateAll((items) => items.map((item) => item.getAttribute('data-card')));
  expect(new Set(shown).size).toBe(shown.length);
});

test('switching the viewer changes the page, and a reload remembers the choice', async ({ page }) => {
  await openHome(page, 14);
  const first = await cards(rows(page)).evaluateAll((items) => items.map((item) => item.getAttribute('data-card')));
  await viewerLink(page).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Who is watching?' })).toBeFocused();
  await page.getByLabel('Find a member by number').fill('200');
  await page.getByRole('button', { name: /^Member 200\b/ }).click();
  await expect(viewerLink(page)).toContainText('Member 200');
  await expect(cards(rows(page).first()).first()).toBeVisible();
  const second = await cards(rows(page)).evaluateAll((items) => items.map((item) => item.getAttribute('data-card')));
  expect(second).not.toEqual(first);
  await page.goto('/');
  await expect(viewerLink(page)).toContainText('Member 200');
});

test('the theme follows the system until chosen, and the choice is there before the first paint', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await openHome(page, 50);
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await background();
  await page.getByRole('button', { name: 'Switch to the light theme' }).click();
  const light = await background();
  expect(light).not.toBe(dark);
  await page.reload();
  expect(await page.locator('html').getAttribute('data-theme')).toBe('light');
  expect(await background()).toBe(light);
  await expect(page.getByRole('button', { name: 'Switch to the dark theme' })).toBeVisible();
});

test('titles that were seen are reported with the answer and the row they stood in', async ({ page }) => {
  const sent = page.waitForRequest(
    (request) => request.url().endsWith('/api/v1/events') && (request.postData() ?? '').includes('"impression"'),
  );
  await openHome(page, 60);
  const { userIdx, events } = (await sent).postDataJSON() as { userIdx: number; events: Record<string, unknown>[] };
  expect(userIdx).toBe(60);
  expect(events.length).toBeGreaterThan(2);
  for (const event of events)
    expect(event).toMatchObject({
      type: 'impression',
      itemIdx: expect.any(Number),
      requestId: expect.any(String),
      rowId: expect.any(String),
      position: expect.any(Number),
    });
});

test('cards, the top pick and the title page show the age rating that comes with them', async ({ page }) => {
  const rated = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(rated);
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.fromEntries(Object.entries(value).map(([name, part]) => [name, rated(part)]));
    return 'posterUrl' in fields ? { ...fields, maturity: { age: 12, source: 'estimated' } } : fields;
  };
  for (const url of ['**/api/v1/home?*', '**/api/v1/items/*?*'])
    await page.route(url, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: rated(await response.json()) });
    });
  await openHome(page, 14);
  await expect(cards(rows(page).first()).first()).toContainText('≈12+');
  await expect(page.locator('[data-hero]')).toContainText('12+ (estimated)');
  await cards(rows(page).first()).first().getByRole('link').click();
  await expect(page.getByText('12+ (estimated)').first()).toBeVisible();
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});

test('three top picks stand at the top and in no row, each with its reason', async ({ page }) => {
  await openHome(page, 21);
  const top = page.locator('[data-hero]');
  const picks = top.getByRole('group', { name: 'Top picks' }).getByRole('button');
  await expect(picks).toHaveCount(3);
  const shown = new Set<string>();
  for (const pick of await picks.all()) {
    await pick.click();
    await expect(pick).toHaveAttribute('aria-pressed', 'true');
    const title = (await top.getByRole('heading').textContent()) ?? '';
    await expect(pick).toHaveAccessibleName(new RegExp(`^Pick \\d: ${title.replaceAll(/[^\w ]/g, '.')}$`));
    shown.add(((await top.getByRole('link', { name: 'See details' }).getAttribute('href')) ?? '').replace(/\D/g, ''));
  }
  expect(shown.size).toBe(3);
  const inRows = await cards(rows(page)).evaluateAll((all) => all.map((card) => card.getAttribute('data-card')));
  expect(inRows.filter((itemIdx) => shown.has(itemIdx ?? ''))).toEqual([]);
});

test('no row repeats a reason more than three times, and no poster repeats the title', async ({ page }) => {
  await openHome(page, 21);
  const reasons = await rows(page).evaluateAll((all) =>
    all.map((row) =>
      [...row.querySelectorAll('li article')].map((card) => card.querySelectorAll('p')[1]?.textContent ?? ''),
    ),
  );
  for (const row of reasons)
    for (const reason of new Set(row))
      if (reason !== '') expect(row.filter((each) => each === reason).length, reason).toBeLessThanOrEqual(3);
  const posters = await page
    .locator('main img')
    .evaluateAll((all) => all.map((image) => image.getAttribute('src') ?? ''));
  expect(posters.length).toBeGreaterThan(20);
  expect(posters.filter((src) => !src.endsWith('&text=0'))).toEqual([]);
});
