import { describeEventLog } from './event-log.contract.ts';
import { createMemoryEventLog } from './memory-event-log.ts';

describeEventLog('memory', async () => {
  const log = createMemoryEventLog();
  return { open: async () => log, destroy: async () => undefined };
});
