import type { Page } from '@playwright/test';
import { cards, expect, openHome, test } from './test.ts';

test('typeahead works from the keyboard alone', async ({ page }) => {
  await openHome(page, 80);
  await page.keyboard.press('/');
  const field = page.getByRole('combobox', { name: 'Search titles' });
  await expect(field).toBeFocused();
  await page.keyboard.type('matrix');
  await expect(field).toHaveAttribute('aria-expanded', 'true');
  const options = page.getByRole('option');
  await expect(options.first()).toContainText('Matrix');
  await page.keyboard.press('ArrowDown');
  await expect(options.first()).toHaveAttribute('aria-selected', 'true');
  expect(await field.getAttribute('aria-activedescendant')).toBe(await options.first().getAttribute('id'));
  await page.keyboard.press('ArrowUp');
  expect(await field.getAttribute('aria-activedescendant')).toBeNull();
  await page.keyboard.press('Escape');
  await expect(field).toHaveAttribute('aria-expanded', 'false');
  await expect(field).toHaveValue('matrix');
  await page.keyboard.press('ArrowDown');
  const title = await options.first().locator('b').textContent();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/title\/\d+$/);
  await expect(page.getByRole('heading', { level: 1, name: title! })).toBeFocused();
});

test('Enter shows all results, which are remembered as a recent search', async ({ page }) => {
  await page.goto('/?user=81');
  const field = page.getByRole('combobox', { name: 'Search titles' });
  await field.fill('star wars');
  await field.press('Enter');
  await expect(page).toHaveURL('/search?q=star%20wars');
  await expect(page).toHaveTitle('Results for “star wars” · Matinee');
  await expect(cards(page).first()).toContainText('Star Wars');
  await field.fill('');
  await field.focus();
  await expect(page.getByRole('option', { name: 'star wars' })).toBeVisible();
});

test('a misspelling leads to the nearest titles, and markup in a query stays text', async ({ page }) => {
  await page.goto('/search?q=shawshenk&user=82');
  await expect(page.getByRole('status').filter({ hasText: 'No title matches “shawshenk”' })).toBeVisible();
  await page.goto('/search?q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Results for “<img src=x onerror=alert(1)>”');
  await expect(page.getByRole('status').filter({ hasText: 'No title matches' })).toBeVisible();
});

test('fast typing sends one request, for the final text', async ({ page }) => {
  await openHome(page, 83);
  const requested: string[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname === '/api/v1/search') requested.push(url.searchParams.get('q') ?? '');
  });
  const field = page.getByRole('combobox', { name: 'Search titles' });
  await field.focus();
  // Faster than anybody types, so that the test does not depend on the machine's speed.
  await field.evaluate((input: HTMLInputElement) => {
    const { set } = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!;
    for (let length = 1; length <= 'godfather'.length; length++) {
      set!.call(input, 'godfather'.slice(0, length));
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }
  });
  await expect(page.getByRole('option').first()).toContainText('Godfather');
  expect(requested).toEqual(['godfather']);
});

test.describe('to a screen reader', () => {
  const status = (page: Page) => page.locator('search').getByRole('status');

  test('the number of suggestions is announced, again for each text, and nothing once the list is closed', async ({
    page,
  }) => {
    await openHome(page, 84);
    const field = page.getByRole('combobox');
    await field.fill('matrix');
    const options = page.getByRole('option');
    await expect(options.first()).toContainText('Matrix');
    // The last option leads to all results.
    await expect(status(page)).toHaveText(`${(await options.count()) - 1} suggestions`);
    await field.fill('matri x');
    await expect(status(page)).not.toHaveText('');
    await field.fill('matrix');
    await field.press('Escape');
    await expect(status(page)).toHaveText('');
    await expect(field).toHaveAttribute('aria-expanded', 'false');
  });

  test('a text that finds nothing says so, in a panel that stays', async ({ page }) => {
    await openHome(page, 85);
    const field = page.getByRole('combobox');
    await field.fill('qqqqzzzz');
    await expect(status(page)).toHaveText('No titles found.');
    await expect(page.locator('search').getByText('No titles found.').last()).toBeVisible();
    await expect(field).toHaveAttribute('aria-expanded', 'false');
    await expect(page.getByRole('listbox')).toHaveCount(0);
    await field.press('Escape');
    await expect(field).toHaveValue('qqqqzzzz');
    await expect(page.locator('search').getByText('No titles found.')).toHaveCount(0);
  });

  test.describe('when the search fails', () => {
    test.use({ expectedErrors: /net::ERR_FAILED/ });
    test('that is said', async ({ page }) => {
      await openHome(page, 86);
      await page.route('**/api/v1/search?*', (route) => route.abort());
      await page.getByRole('combobox').fill('heat');
      await expect(status(page)).toHaveText('The search did not work.');
    });
  });
});
