/** The thread of {@link openStoresInWorker}: runs the calls that it receives and answers each. */
import { parentPort, workerData } from 'node:worker_threads';
import { MatineeError } from '@matinee/numerics';
import { openSqliteStores, type SqliteStores } from './open-stores.ts';

type StoreName = 'events' | 'visitors' | 'households' | 'newItems' | 'apiKeys' | 'stores';

/** Names of the methods of each store; `stores` are those of all together. */
export type StoreMethods = Readonly<Record<StoreName, readonly string[]>>;

export interface StoreCall {
  readonly id: number;
  readonly store: StoreName;
  readonly method: string;
  readonly parameters: readonly unknown[];
}

interface Failure {
  /** `null` for an error that is no `MatineeError`. */
  readonly code: string | null;
  readonly message: string;
}

/** The first message: the stores are open, or why they are not. */
export type StoresOpened = { readonly methods: StoreMethods } | { readonly failure: Failure };

/** The answer to the call with that id. */
export type StoreAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: Failure };

type Methods = Readonly<Record<string, (...parameters: readonly unknown[]) => Promise<unknown>>>;

const { file } = workerData as { readonly file: string };

try {
  serve(openSqliteStores(file));
} catch (error) {
  answer({ failure: toFailure(error) });
}

function serve({ events, visitors, households, newItems, apiKeys, probe, close }: SqliteStores): void {
  const stores = { events, visitors, households, newItems, apiKeys, stores: { probe, close } } as unknown as Readonly<
    Record<StoreName, Methods>
  >;
  parentPort?.on('message', (calls: readonly StoreCall[]) => {
    for (const { id, store, method, parameters } of calls) {
      stores[store][method]!(...parameters).then(
        (value) => answerCall({ id, value }),
        (error: unknown) => answerCall({ id, error: toFailure(error) }),
      );
    }
  });
  const namesOf = (methods: Methods): string[] => Object.keys(methods);
  answer({
    methods: {
      events: namesOf(stores.events),
      visitors: namesOf(stores.visitors),
      households: namesOf(stores.households),
      newItems: namesOf(stores.newItems),
      apiKeys: namesOf(stores.apiKeys),
      stores: namesOf(stores.stores),
    },
  });
}

let unsent: StoreAnswer[] = [];

/** Answers of one moment share a message. */
function answerCall(given: StoreAnswer): void {
  if (unsent.length === 0) queueMicrotask(sendAnswers);
  unsent.push(given);
}

function sendAnswers(): void {
  const answers = unsent;
  unsent = [];
  answer(answers);
}

function answer(message: StoresOpened | readonly StoreAnswer[]): void {
  parentPort?.postMessage(message);
}

function toFailure(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  return { code: error instanceof MatineeError ? error.code : null, message };
}
