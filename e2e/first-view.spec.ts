import { expect, test } from './test.ts';

/** For everything that loads before anybody scrolls, as it goes over the wire. */
const MAX_BYTES = 250 * 1024;

for (const width of [360, 1440])
  test(`the first view stays small, and its picks are asked for once and early, ${width} px`, async ({ page }) => {
    await page.setViewportSize({ width, height: 900 });
    const paths: string[] = [];
    page.on('request', (request) => paths.push(request.url().replace(/^https?:\/\/[^/]+/, '')));
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Network.enable');
    let bytes = 0;
    devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    await page.goto('/?user=21');
    await expect(page.locator('[data-hero] img').first()).toBeVisible();
    await page.waitForLoadState('networkidle');
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
    expect(paths.filter((path) => path.startsWith('/api/v1/home'))).toEqual(['/api/v1/home?userIdx=21']);
    // Before the page's own script has asked for anything.
    const toApi = paths.filter((path) => path.startsWith('/api/'));
    expect(toApi[0]).toBe('/api/v1/home?userIdx=21');
  });
