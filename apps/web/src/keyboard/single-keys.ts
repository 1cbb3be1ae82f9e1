import { readStored, writeStored } from '../api/stored.ts';
import { createValueStore } from '../feedback/value-store.ts';

const KEY = 'matinee.single-keys';

/** Whether letters act as shortcuts. Viewers who use dictation or mistype easily can turn them off. */
export const singleKeys = createValueStore(readStored<boolean>(KEY) ?? true);
singleKeys.subscribe(() => writeStored(KEY, singleKeys.get()));
