import { STATUS_CODES } from 'node:http';
import type { ErrorResponse } from '@matinee/contract';
import { MatineeError } from '@matinee/numerics';
import type { FastifyError } from 'fastify';

/** HTTP status by error code. Any other code is a fault of the server: 500. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  BAD_REQUEST: 400,
  BAD_CURSOR: 400,
  BAD_EXPRESSION: 400,
  BAD_ITEM: 400,
  BAD_JSON: 400,
  BAD_URL: 400,
  BODY_TOO_LARGE: 413,
  NOT_ALLOWED: 401,
  KEY_REQUIRED: 401,
  KEY_UNKNOWN: 401,
  SCOPE_MISSING: 403,
  SECRET_REQUIRED: 401,
  TOKEN_REQUIRED: 401,
  ITEMS_NOT_TAKEN: 403,
  PIN_REQUIRED: 403,
  SESSION_REQUIRED: 403,
  OTHER_PROFILE: 403,
  LAB_CLOSED: 403,
  FOREIGN_ORIGIN: 403,
  UNKNOWN_HOST: 421,
  WRONG_PIN: 403,
  PIN_LOCKED: 429,
  TOO_MANY_EVENTS: 429,
  TOO_MANY_REQUESTS: 429,
  TOO_MANY_STREAMS: 429,
  EVENT_ID_TAKEN: 409,
  TOO_MANY_PROFILES: 409,
  USER_HAS_PROFILE: 409,
  HOUSEHOLD_NOT_FOUND: 404,
  PROFILE_NOT_FOUND: 404,
  NOT_FOUND: 404,
  USER_NOT_FOUND: 404,
  ITEM_NOT_FOUND: 404,
  ROW_NOT_FOUND: 404,
  TRACE_NOT_KEPT: 404,
  GENERATION_NOT_TRAINED: 404,
  PAGE_NOT_BUILT: 404,
  METHOD_NOT_ALLOWED: 405,
  OVERLOADED: 503,
  PIN_UNREADABLE: 503,
  STORE_UNAVAILABLE: 503,
  STORE_DAMAGED: 503,
};

/** Seconds after which the same request may succeed, by error code, where the error itself does not say. */
const RETRY_AFTER_BY_CODE: Readonly<Record<string, number>> = {
  STORE_DAMAGED: 60,
  PIN_UNREADABLE: 60,
  TOO_MANY_STREAMS: 60,
  // Room comes back event by event over the day.
  TOO_MANY_EVENTS: 3600,
};

/** Short enough for a person to wait, long enough for an overload to pass. */
export const RETRY_AFTER_SECONDS = 1;

/** The cause of an error that knows when the same request may succeed. */
interface RetryLater {
  readonly retryAfterSeconds: number;
}

/** Returns the seconds after which a refused request may be sent again, at least 1. */
export function retryAfterOf(error: unknown): number {
  const { code, cause } = error as { readonly code?: string; readonly cause?: Partial<RetryLater> };
  const seconds = cause?.retryAfterSeconds ?? RETRY_AFTER_BY_CODE[code ?? ''] ?? RETRY_AFTER_SECONDS;
  return Math.max(1, Math.ceil(seconds));
}

/** Messages for clients where those for the operator name files. */
const PUBLIC_MESSAGES: Readonly<Record<string, string>> = {
  STORE_UNAVAILABLE: 'nothing can be stored or looked up at the moment; try again',
  STORE_DAMAGED: 'the event store is damaged; the operator has to restore it',
};

/** Code and message for Fastify's own errors. */
const FRAMEWORK_ERRORS: Readonly<Record<string, { code: string; message: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    message: 'send the body as JSON, with the header content-type: application/json',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'BODY_TOO_LARGE', message: 'the body is larger than this route takes' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'BAD_JSON', message: 'the body is empty; send a JSON object' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'BAD_JSON', message: 'the body is not valid JSON' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'BAD_REQUEST', message: 'content-length does not match the body' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'BAD_URL', message: 'a part of the address is too long' },
  FST_ERR_BAD_URL: { code: 'BAD_URL', message: 'the address is not validly encoded' },
};

/** Converts any error to a response body. Details of unexpected errors are only logged. */
export function toErrorResponse(error: unknown): ErrorResponse {
  if (error instanceof MatineeError) {
    const statusCode = STATUS_BY_CODE[error.code];
    const message = PUBLIC_MESSAGES[error.code] ?? error.message;
    if (statusCode !== undefined) return { statusCode, code: error.code, message };
  }
  const { statusCode, code, message } = error as Partial<FastifyError>;
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    const known = FRAMEWORK_ERRORS[code ?? ''] ?? (error instanceof SyntaxError ? BAD_JSON : undefined);
    return { statusCode, ...(known ?? { code: toCode(statusCode), message: (message ?? '').slice(0, 200) }) };
  }
  return { statusCode: 500, code: 'INTERNAL', message: 'the server failed to answer; its log says why' };
}

const BAD_JSON = { code: 'BAD_JSON', message: 'the body is not valid JSON' };

/** `413` → `PAYLOAD_TOO_LARGE`. */
function toCode(statusCode: number): string {
  return (STATUS_CODES[statusCode] ?? 'BAD_REQUEST').toUpperCase().replaceAll(/[^A-Z]+/g, '_');
}
