import { createStoredValue } from '../api/stored.ts';

const KEY = 'matinee.single-keys';

/** Whether letters act as shortcuts. Viewers who use dictation or mistype easily can turn them off. */
export const singleKeys = createStoredValue<boolean>(KEY, true);
