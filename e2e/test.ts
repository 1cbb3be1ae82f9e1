import type { HomeResponse, UserEventsResponse, UserSummary } from '@matinee/contract';
import { type APIRequestContext, test as base, expect, type Locator, type Page } from '@playwright/test';

/**
 * Fails every test that logs an error to the console, except for the errors that it declares. Requests that a test
 * sends itself share the cookies of its page, so that both act as the same visitors.
 */
export const test = base.extend<{ expectedErrors: RegExp; muted: undefined }>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures from the pattern
  expectedErrors: async ({}, use) => {
    await use(/^\b$/);
  },
  request: async ({ context }, use) => {
    await use(context.request);
  },
  muted: [
    async ({ page, expectedErrors }, use) => {
      const errors: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text());
      });
      page.on('pageerror', (error) => errors.push(error.message));
      await use(undefined);
      expect(errors.filter((text) => !expectedErrors.test(text))).toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** A viewer that no other test of this run uses. */
export async function newVisitor(request: APIRequestContext): Promise<UserSummary> {
  const response = await request.post('/api/v1/users', { data: {} });
  expect(response.ok()).toBe(true);
  return (await response.json()) as UserSummary;
}

export async function homeOf(request: APIRequestContext, userIdx: number): Promise<HomeResponse> {
  const response = await request.get(`/api/v1/home?userIdx=${userIdx}`);
  expect(response.ok()).toBe(true);
  return (await response.json()) as HomeResponse;
}

export async function eventsOf(request: APIRequestContext, userIdx: number): Promise<UserEventsResponse['events']> {
  const response = await request.get(`/api/v1/users/${userIdx}/events`);
  return ((await response.json()) as UserEventsResponse).events;
}

export const rows = (page: Page): Locator => page.locator('[data-row]');
export const cards = (scope: Page | Locator): Locator => scope.locator('li[data-card]:not([data-card="more"])');
export const cardOf = (scope: Page | Locator, itemIdx: string): Locator =>
  scope.locator(`li[data-card="${itemIdx}"]`).first();

/** The link in the top bar with the viewer's name. */
export const viewerLink = (page: Page): Locator => page.getByRole('link', { name: /switch viewer/ });

/** Clicks one of a card's feedback buttons. */
export async function give(card: Locator, type: 'like' | 'dislike' | 'watched' | 'skip'): Promise<void> {
  await card.hover();
  await card.locator(`[data-feedback="${type}"]`).click();
}

export const button = (card: Locator, type: 'like' | 'dislike' | 'watched' | 'skip'): Locator =>
  card.locator(`[data-feedback="${type}"]`);

/** Opens the home of a viewer and waits for its rows. */
export async function openHome(page: Page, userIdx: number): Promise<void> {
  await page.goto(`/?user=${userIdx}`);
  await expect(cards(rows(page).first()).first()).toBeVisible();
}
