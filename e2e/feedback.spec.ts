import { button, cardOf, cards, eventsOf, expect, give, newVisitor, openHome, rows, test } from './test.ts';

test('a like shows at once, says so, and is taken back from the toast', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  await openHome(page, userIdx);
  const card = cards(rows(page).first()).nth(1);
  const title = await card.getByRole('link').textContent();
  await give(card, 'like');
  await expect(button(card, 'like')).toHaveAttribute('aria-pressed', 'true');
  const toast = page.getByRole('status').filter({ hasText: `Liked ${title}` });
  await expect(toast).toBeVisible();
  await expect
    .poll(async () => (await eventsOf(request, userIdx)).filter(({ type }) => type === 'like').length)
    .toBe(1);
  await toast.getByRole('button', { name: 'Undo' }).click();
  await expect(button(card, 'like')).toHaveAttribute('aria-pressed', 'false');
  await expect
    .poll(async () =>
      (await eventsOf(request, userIdx)).filter(({ type }) => type === 'like').every(({ undone }) => undone),
    )
    .toBe(true);
  await page.reload();
  await expect(page.locator('[data-feedback="like"][aria-pressed="true"]')).toHaveCount(0);
});

test('a watched title is marked in place, and gone after a reload', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  await openHome(page, userIdx);
  const card = cards(rows(page).first()).nth(2);
  const itemIdx = (await card.getAttribute('data-card'))!;
  await card.hover();
  const before = await card.boundingBox();
  await give(card, 'watched');
  await expect(card.locator('article')).toHaveAttribute('data-mark', 'watched');
  await expect.poll(async () => (await eventsOf(request, userIdx)).length).toBe(1);
  expect(await card.boundingBox()).toEqual(before);
  await page.reload();
  await expect(cards(rows(page).first()).first()).toBeVisible();
  await expect(cardOf(page, itemIdx)).toHaveCount(0);
});

test('a skipped title dims, and is gone after a reload', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  await openHome(page, userIdx);
  const card = cards(rows(page).first()).nth(1);
  const itemIdx = (await card.getAttribute('data-card'))!;
  await give(card, 'skip');
  await expect(card.locator('img')).toHaveCSS('opacity', '0.32');
  await expect.poll(async () => (await eventsOf(request, userIdx)).length).toBe(1);
  await page.reload();
  await expect(cards(rows(page).first()).first()).toBeVisible();
  await expect(cardOf(page, itemIdx)).toHaveCount(0);
});

test('a new visitor presses posters, which adapt, sees a first row, and has a home after three', async ({ page }) => {
  await page.goto('/profiles');
  await page.getByRole('button', { name: /^New visitor/ }).click();
  await expect(page.getByRole('heading', { name: 'Welcome. What do you like?' })).toBeVisible();
  const grid = page.getByRole('list', { name: 'Titles to like' });
  const posters = grid.getByRole('button');
  await expect(posters).toHaveCount(24);
  const names = async () => (await posters.allTextContents()).map((name) => name.trim());
  const before = await names();
  const liked: string[] = [];
  const press = async (index: number) => {
    liked.push((await names())[index]!);
    await posters.nth(index).click();
    await expect(page.getByText(`${liked.length} of 3 likes`)).toBeVisible();
  };
  await press(0);
  await expect(posters.first()).toHaveAttribute('aria-pressed', 'true');
  const first = rows(page).filter({ has: page.getByRole('heading', { name: 'Your first row' }) });
  await expect(first).toBeVisible();
  await expect.poll(async () => (await names()).filter((name) => !before.includes(name)).length).toBeGreaterThan(0);
  expect((await names())[0]).toBe(liked[0]);
  await expect(page.getByRole('button', { name: 'Show my picks' })).toHaveCount(1);
  await expect(page.getByRole('button', { name: /new picks?|Refresh picks/ })).toHaveCount(0);
  await press(2);
  await press(4);
  // No button to press: the third like folds the invitation.
  await expect(page.getByText('Top pick for you')).toBeVisible();
  await expect(grid).toHaveCount(0);
  const because = rows(page).getByRole('heading', { name: /^Because you liked / });
  await expect(because.first()).toBeVisible();
  for (const heading of await because.allTextContents())
    expect(liked).toContain(heading.replace('Because you liked ', ''));
});

test('the history lists what was said and takes it back', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  await openHome(page, userIdx);
  const card = cards(rows(page).first()).first();
  const title = ((await card.getByRole('link').textContent()) ?? '').trim();
  await give(card, 'dislike');
  await expect.poll(async () => (await eventsOf(request, userIdx)).length).toBe(1);
  // A later visit, which has only the event's id.
  await page.goto('/me');
  const entry = page.getByRole('listitem').filter({ hasText: title });
  await expect(entry.getByText('Not for you')).toBeVisible();
  await entry.getByRole('button', { name: `Undo: Not for you: ${title}` }).click();
  await expect(entry.getByText('Taken back')).toBeVisible();
  await expect
    .poll(async () => (await eventsOf(request, userIdx)).find(({ type }) => type === 'dislike')?.undone)
    .toBe(true);
});

test('an undone skip of an earlier visit brings the title back', async ({ page, request }) => {
  const { userIdx } = await newVisitor(request);
  await openHome(page, userIdx);
  const card = cards(rows(page).first()).first();
  const itemIdx = (await card.getAttribute('data-card'))!;
  await give(card, 'skip');
  await expect.poll(async () => (await eventsOf(request, userIdx)).length).toBe(1);
  await page.goto(`/title/${itemIdx}`);
  const skip = page.locator('main [data-feedback="skip"]').first();
  await expect(skip).toHaveAttribute('aria-pressed', 'true');
  await skip.click();
  await expect(skip).toHaveAttribute('aria-pressed', 'false');
  await expect
    .poll(async () => (await eventsOf(request, userIdx)).find(({ type }) => type === 'skip')?.undone)
    .toBe(true);
  await openHome(page, userIdx);
  await expect(cardOf(page, itemIdx)).toBeVisible();
});
