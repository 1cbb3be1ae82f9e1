/** For tests only: behaviour suites, of which every implementation of a port runs its own, and a small world. */
export { describeArrivalStore } from './arrival-store.contract.ts';
export { describeEventLog } from './event-log.contract.ts';
export { describeHouseholdStore } from './household-store.contract.ts';
export { createMemoryEventLog } from './memory-event-log.ts';
export { createSmallWorld, type SmallWorld } from './small-world.ts';
export { describeVisitorStore } from './visitor-store.contract.ts';
