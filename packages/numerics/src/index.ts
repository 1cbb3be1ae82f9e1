export { type CsrMatrix, csrFromTriplets, transposeCsr } from './csr.ts';
export { defined } from './defined.ts';
export { MatineeError } from './error.ts';
export { NO_PAUSE, type Pause } from './pause.ts';
export {
  bytesField,
  floatField,
  joinProtobuf,
  type ProtobufChunks,
  packedVarintsField,
  stringField,
  varintField,
} from './protobuf.ts';
export { createRandom, hashString, type Random } from './random.ts';
export { topK } from './top-k.ts';
