import { defineConfig } from '@playwright/test';
import base from '../playwright.config.ts';

/**
 * `npm run screenshot`: updates docs/screenshot-home.jpg and docs/screenshot-lab.jpg from the real program and its
 * bundled data.
 */
export default defineConfig(base, { testMatch: 'screenshot.spec.ts', testIgnore: [], workers: 1 });
