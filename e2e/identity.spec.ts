import { cards, expect, newVisitor, openHome, rows, test, viewerLink } from './test.ts';

test.describe('who this browser is', () => {
  // A refused request is an error in the browser's console.
  test.use({ expectedErrors: /status of 401/ });

  test('a visitor opens in the browser that made it, and in no other', async ({ page, request, browser }) => {
    const { userIdx } = await newVisitor(request);
    await openHome(page, userIdx);
    const elsewhere = await browser.newContext();
    const other = await elsewhere.newPage();
    await other.goto(`/?user=${userIdx}`);
    await expect(other.getByText('This viewer is not open in this browser.')).toBeVisible();
    await elsewhere.close();
  });

  test('no script of the page sees the secret', async ({ page, request }) => {
    const { userIdx } = await newVisitor(request);
    await openHome(page, userIdx);
    await page.goto('/profiles');
    await page.getByRole('button', { name: /^New visitor/ }).click();
    await expect(page.getByRole('heading', { name: 'Welcome. What do you like?' })).toBeVisible();
    const secret = (await page.context().cookies()).find(({ name }) => name === 'matinee-visitor')?.value ?? '';
    expect(secret).toHaveLength(43);
    const seen = await page.evaluate(() => document.cookie + JSON.stringify(localStorage));
    expect(seen).not.toContain(secret);
  });
});

test('demo mode is shown as such', async ({ page }) => {
  await openHome(page, 14);
  await expect(page.getByText('You can look as any member of the data set.')).toBeVisible();
});

test('without demo mode the page begins as a visitor of this browser, and stays that visitor', async ({ page }) => {
  // What a server without demo mode answers.
  await page.route('**/api/v1/status', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), demo: false } });
  });
  await page.route('**/api/v1/users?*', async (route) => {
    const response = await route.fetch();
    const { users } = (await response.json()) as { users: { kind: string }[] };
    const own = users.filter(({ kind }) => kind === 'visitor');
    await route.fulfill({ response, json: { users: own, total: own.length } });
  });
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Welcome. What do you like?' })).toBeVisible();
  await expect(cards(rows(page).first()).first()).toBeVisible();
  const name = await viewerLink(page).textContent();
  expect(name).toMatch(/^.?Visitor /);
  await expect(page.getByText('You can look as any member of the data set.')).toHaveCount(0);
  await page.goto('/profiles');
  await expect(page.getByLabel('Find a member by number')).toHaveCount(0);
  await expect(page.getByRole('button', { name: /^Member/ })).toHaveCount(0);
  await page.evaluate(() => localStorage.clear());
  await page.goto('/');
  // The cookie is still there, so the browser's own visitor is found again.
  await expect(viewerLink(page)).toHaveText(name ?? '');
});
