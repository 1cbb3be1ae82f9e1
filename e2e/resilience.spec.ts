import { button, cards, eventsOf, expect, give, newVisitor, openHome, rows, test } from './test.ts';

test.describe('when the server does not answer', () => {
  test.use({ expectedErrors: /net::ERR_(FAILED|INTERNET_DISCONNECTED)/ });

  test('a choice that cannot be saved rolls back and says so; trying again saves it once', async ({
    page,
    request,
  }) => {
    const { userIdx } = await newVisitor(request);
    await openHome(page, userIdx);
    await page.route('**/api/v1/events', (route) => route.abort());
    const card = cards(rows(page).first()).first();
    await give(card, 'like');
    await expect(button(card, 'like')).toHaveAttribute('aria-pressed', 'true');
    await expect(button(card, 'like')).toHaveAttribute('aria-pressed', 'false');
    const toast = page.getByRole('status').filter({ hasText: 'Not saved' });
    await expect(toast).toBeVisible();
    await page.unroute('**/api/v1/events');
    await toast.getByRole('button', { name: 'Try again' }).click();
    await expect(button(card, 'like')).toHaveAttribute('aria-pressed', 'true');
    await expect
      .poll(async () => (await eventsOf(request, userIdx)).filter(({ type }) => type === 'like').length)
      .toBe(1);
  });

  test('what is said offline waits on the device, and another visit sends it', async ({ page, context, request }) => {
    const { userIdx } = await newVisitor(request);
    await openHome(page, userIdx);
    await context.setOffline(true);
    await give(cards(rows(page).first()).first(), 'like');
    await expect(page.getByText('1 choice waits')).toBeVisible();
    await page.close();
    await context.setOffline(false);
    expect(await eventsOf(request, userIdx)).toEqual([]);
    const later = await context.newPage();
    await later.goto('/');
    await expect.poll(async () => (await eventsOf(request, userIdx)).map(({ type }) => type)).toEqual(['like']);
  });

  test('offline nothing moves, and a title on the page opens from its card', async ({ page, context, request }) => {
    const { userIdx } = await newVisitor(request);
    await openHome(page, userIdx);
    const card = cards(rows(page).first()).nth(1);
    const title = ((await card.getByRole('link').textContent()) ?? '').trim();
    await card.hover();
    const before = await card.boundingBox();
    await context.setOffline(true);
    await give(card, 'like');
    await expect(page.getByText('1 choice waits')).toBeVisible();
    expect(await card.boundingBox()).toEqual(before);
    await card.getByRole('link').click();
    await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
    await expect(page.locator('main [data-feedback="like"]').first()).toHaveAttribute('aria-pressed', 'true');
    await expect(page.getByText('The rest of this page did not load.')).toBeVisible();
    await context.setOffline(false);
  });

  test('the last home stays, with its time, until the server is back', async ({ page }) => {
    await openHome(page, 70);
    await page.route('**/api/v1/home?*', (route) => route.abort());
    await page.reload();
    const notice = page.getByRole('alert').filter({ hasText: 'These are your picks from' });
    await expect(notice).toBeVisible();
    await expect(cards(rows(page).first()).first()).toBeVisible();
    await page.unroute('**/api/v1/home?*');
    await notice.getByRole('button', { name: 'Try again' }).click();
    await expect(notice).toBeHidden();
  });

  test('a viewer without an earlier home gets an error and a way on', async ({ page }) => {
    await page.route('**/api/v1/home?*', (route) => route.abort());
    await page.goto('/?user=71');
    await expect(page.getByRole('heading', { name: 'Your picks did not load.' })).toBeVisible();
    await page.unroute('**/api/v1/home?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(cards(rows(page).first()).first()).toBeVisible();
  });

  test('a failing row says so and leaves the rest of the title page standing', async ({ page }) => {
    await page.route('**/similar?*', (route) => route.abort());
    await page.goto('/title/0?user=72');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    const notice = page.getByRole('alert').filter({ hasText: 'Similar titles did not load.' });
    await expect(notice).toBeVisible();
    await page.unroute('**/similar?*');
    await notice.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByRole('heading', { name: 'More like this' })).toBeVisible();
  });
});

test.describe('at an address that leads nowhere', () => {
  test.use({ expectedErrors: /status of 404/ });

  test('the page says so and offers the way home', async ({ page }) => {
    await page.goto('/nowhere?user=73');
    await expect(page.getByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible();
    await page.getByRole('main').getByRole('link', { name: 'Go home' }).click();
    await expect(cards(rows(page).first()).first()).toBeVisible();
    for (const address of ['/title/2000000000', '/title/abc']) {
      await page.goto(address);
      await expect(page.getByRole('heading', { level: 1, name: 'There is no such title.' })).toBeVisible();
    }
    await page.goto('/?user=999999');
    await expect(
      page.getByRole('heading', { level: 1, name: 'There is no viewer with the number 999999.' }),
    ).toBeVisible();
  });
});

test('a poster that fails leaves its box and the title', async ({ page }) => {
  await page.route('**/poster*', (route) =>
    route.fulfill({ status: 200, contentType: 'image/svg+xml', body: 'not an image' }),
  );
  await openHome(page, 74);
  const card = cards(rows(page).first()).first();
  const title = ((await card.getByRole('link').textContent()) ?? '').trim();
  await expect(card.locator('[data-poster]')).toHaveText(/\w/);
  const box = (await card.locator('[data-poster]').boundingBox())!;
  expect(box.height / box.width).toBeCloseTo(1.5, 1);
  expect(title.length).toBeGreaterThan(0);
});

test('a page that lacks a part once is whole a moment later, without a word', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  let answers = 0;
  await page.route('**/api/v1/home?*', async (route) => {
    const response = await route.fetch();
    const home = await response.json();
    const isThin = answers++ === 0;
    await route.fulfill({
      response,
      json: { ...home, ...(isThin ? { degraded: ['item-knn'], rows: home.rows.slice(0, 1) } : {}) },
    });
  });
  await openHome(page, userIdx);
  await expect(rows(page)).toHaveCount(1);
  const notice = page.getByText('Not on this page yet');
  await expect(notice).toHaveCount(0);
  await expect.poll(() => rows(page).count()).toBeGreaterThan(1);
  await expect(notice).toHaveCount(0);
});

test('a page without some of its parts names them, and is whole a moment later', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  let answers = 0;
  await page.route('**/api/v1/home?*', async (route) => {
    const response = await route.fetch();
    const home = await response.json();
    const isThin = answers++ < 2;
    await route.fulfill({
      response,
      json: { ...home, ...(isThin ? { degraded: ['item-knn', 'event log'], rows: home.rows.slice(0, 1) } : {}) },
    });
  });
  await openHome(page, userIdx);
  const notice = page.getByText('titles like those you watched and what you said here');
  await expect(notice).toBeVisible();
  await expect(rows(page)).toHaveCount(1);
  await expect(notice).toBeHidden();
  expect(await rows(page).count()).toBeGreaterThan(1);
  // A whole page is not requested again.
  await page.waitForTimeout(4000);
  expect(answers).toBe(3);
});

test.describe('when the server says to come back later', () => {
  test.use({ expectedErrors: /status of 429/ });

  test('the page waits for its turn, and loses nothing that was said', async ({ page, request }) => {
    const { userIdx } = await newVisitor(request);
    const refusals = { home: 2, events: 4 };
    const refuse = (which: keyof typeof refusals, url: string) =>
      page.route(url, (route) =>
        refusals[which]-- > 0
          ? route.fulfill({
              status: 429,
              headers: { 'retry-after': '1' },
              json: { statusCode: 429, code: 'RATE_LIMITED', message: 'later' },
            })
          : route.continue(),
      );
    await refuse('home', '**/api/v1/home?*');
    await refuse('events', '**/api/v1/events');
    await openHome(page, userIdx);
    const card = cards(rows(page).first()).first();
    await give(card, 'like');
    await expect
      .poll(async () => (await eventsOf(request, userIdx)).filter(({ type }) => type === 'like').length)
      .toBe(1);
    await expect(button(card, 'like')).toHaveAttribute('aria-pressed', 'true');
    await expect(page.getByText('Not saved')).toHaveCount(0);
  });
});
