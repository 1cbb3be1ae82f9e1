import type { SimilarResponse } from '@matinee/contract';
import { button, cards, eventsOf, expect, newVisitor, openHome, rows, test } from './test.ts';

test('a title page has the facts, the ratings and similar titles', async ({ page }) => {
  await page.goto('/search?q=toy%20story&user=90');
  await cards(page)
    .filter({ hasText: /^Toy Story\s*1995/ })
    .getByRole('link')
    .click();
  await expect(page.getByRole('heading', { level: 1, name: 'Toy Story' })).toBeFocused();
  await expect(page).toHaveTitle('Toy Story (1995) · Matinee');
  await expect(page.getByText('on average')).toBeVisible();
  await expect(page.getByText(/^\d+ ratings$/)).toBeVisible();
  await expect(page.getByText(/^Rated 5\.0: \d+$/)).toBeAttached();
  await expect(page.getByText(/^Rated \d\.\d: \d+$/)).toHaveCount(10);
  const similar = page.getByRole('region', { name: 'More like this' });
  await expect.poll(() => cards(similar).count()).toBeGreaterThanOrEqual(8);
  const next = cards(similar).first();
  const title = ((await next.getByRole('link').textContent()) ?? '').trim();
  await next.getByRole('link').click();
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  expect(await page.evaluate(() => window.scrollY)).toBe(0);
});

test('similar titles that the member has seen say so', async ({ page, request }) => {
  const { items } = (await (await request.get('/api/v1/items/0/similar?userIdx=90')).json()) as SimilarResponse;
  expect(items.some(({ seen }) => seen)).toBe(true);
  await page.goto('/title/0?user=90');
  const similar = cards(page.getByRole('region', { name: 'More like this' }));
  await expect.poll(() => similar.count()).toBeGreaterThanOrEqual(8);
  for (const { itemIdx, seen } of items) {
    const card = page.locator(`li[data-card="${itemIdx}"] article`);
    if (seen) await expect(card).toHaveAttribute('data-mark-text', 'Watched');
    else await expect(card).not.toHaveAttribute('data-mark-text');
  }
});

test('what is said on the title page stands there and on the home', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  await openHome(page, userIdx);
  const itemIdx = (await cards(rows(page).first()).nth(3).getAttribute('data-card'))!;
  await page.goto(`/title/${itemIdx}`);
  await page.locator('main [data-feedback="like"]').first().click();
  await expect.poll(async () => (await eventsOf(request, userIdx)).length).toBe(1);
  await expect(page.getByRole('list', { name: 'What you told us' })).toContainText('Liked');
  await page.getByRole('link', { name: 'Matinee: Home' }).click();
  await expect(cards(rows(page).first()).first()).toBeVisible();
  const onHome = page.locator(`li[data-card="${itemIdx}"]`);
  for (const card of await onHome.all()) await expect(button(card, 'like')).toHaveAttribute('aria-pressed', 'true');
});
