import base from '../playwright.config.ts';

/** `npm run screenshot`: renews docs/screenshot-home.png from the real program and its bundled data. */
export default { ...base, testDir: '.', testMatch: 'screenshot.ts', globalTeardown: './remove-home.ts', workers: 1 };
