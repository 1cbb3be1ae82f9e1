/** For tests only: behaviour suites, of which every implementation of a port runs its own, and a small world. */

export { describeApiKeyStore } from './api-key-store.contract.ts';
export { describeEventLog } from './event-log.contract.ts';
export { describeHouseholdStore } from './household-store.contract.ts';
export { createMemoryEventLog } from './memory-event-log.ts';
export { describeNewItemStore } from './new-item-store.contract.ts';
export { createSmallWorld, type SmallWorld } from './small-world.ts';
export { describeVisitorStore } from './visitor-store.contract.ts';
