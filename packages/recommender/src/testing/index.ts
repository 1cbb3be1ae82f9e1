/** Behaviour suites: every implementation of a port runs the suite of that port. For tests only. */
export { describeEventLog } from './event-log.contract.ts';
export { describeVisitorStore } from './visitor-store.contract.ts';
