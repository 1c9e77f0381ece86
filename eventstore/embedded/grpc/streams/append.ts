import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { handleClientStreamingCall, ServerReadableStream, sendUnaryData } from '@grpc/grpc-js';
import {
  type AppendResult,
  type ExpectedRevision,
  type ProposedEvent,
  TOMBSTONE_REVISION,
} from '../../storage/types.ts';
import { decodeUuid } from '../../wire/batch-append.ts';
import { ProtoReader } from '../../wire/protobuf.ts';
import {
  deadlineExceeded,
  EMPTY_TYPE,
  invalidArgument,
  MAX_APPEND_EVENTS,
  MAX_APPEND_SIZE,
  maximumAppendSizeExceeded,
  missingMetadata,
  streamDeleted,
  toGrpcError,
  unavailable,
} from '../errors.ts';
import { writableStreamName } from '../names.ts';
import type { ServerContext } from '../services.ts';
import { createEmpty } from './empty.ts';

type AppendReq = InstanceType<typeof streams.AppendReq>;
type AppendResp = InstanceType<typeof streams.AppendResp>;
type ProposedMessage = InstanceType<typeof streams.AppendReq.ProposedMessage>;

/** The options of an append, delete or tombstone. */
type WriteOptions = {
  getStreamIdentifier(): { getStreamName_asU8(): Uint8Array } | undefined;
  hasRevision(): boolean;
  getRevision(): string;
  hasNoStream(): boolean;
  hasAny(): boolean;
  hasStreamExists(): boolean;
};

/** The stream and expected revision of a write. Throws INVALID_ARGUMENT. */
export const writeTarget = (options: WriteOptions | undefined): { stream: string; expected: ExpectedRevision } => {
  const identifier = options?.getStreamIdentifier();
  if (!options || !identifier) throw invalidArgument("a write needs its stream's name");
  const stream = writableStreamName(identifier.getStreamName_asU8());
  if (options.hasRevision()) return { stream, expected: BigInt.asUintN(64, BigInt(options.getRevision())) };
  if (options.hasNoStream()) return { stream, expected: 'no_stream' };
  if (options.hasStreamExists()) return { stream, expected: 'stream_exists' };
  if (options.hasAny()) return { stream, expected: 'any' };
  throw invalidArgument('a write needs an expected revision');
};

const proposedEvent = (message: ProposedMessage): ProposedEvent => {
  const metadata = message.getMetadataMap();
  const type = metadata.get('type');
  const contentType = metadata.get('content-type');
  if (type === undefined) throw missingMetadata('type');
  if (contentType === undefined) throw missingMetadata('content-type');
  if (type === '') throw invalidArgument(EMPTY_TYPE);
  const id = decodeUuid(new ProtoReader(Buffer.from(message.getId()?.serializeBinary() ?? [])));
  if (!id || id.every((byte) => byte === 0)) throw invalidArgument('an event has no valid id (UUID)');
  return {
    id,
    type,
    contentType: contentType === 'application/json' ? contentType : 'application/octet-stream',
    data: Buffer.from(message.getData_asU8()),
    metadata: Buffer.from(message.getCustomMetadata_asU8()),
  };
};

const encodeResult = (stream: string, expected: ExpectedRevision, result: AppendResult): AppendResp => {
  if (result.kind === 'timeout') throw deadlineExceeded();
  if (result.kind === 'stream-deleted') throw streamDeleted(stream);
  const response = new streams.AppendResp();
  if (result.kind === 'success') {
    const success = new streams.AppendResp.Success();
    if (result.revision < 0) success.setNoStream(createEmpty());
    else success.setCurrentRevision(String(result.revision));
    if (result.position === undefined) success.setNoPosition(createEmpty());
    else {
      const position = new streams.AppendResp.Position();
      position.setCommitPosition(String(result.position));
      position.setPreparePosition(String(result.position));
      success.setPosition(position);
    }
    response.setSuccess(success);
    return response;
  }
  const conflict = new streams.AppendResp.WrongExpectedVersion();
  if (result.actual < 0) conflict.setCurrentNoStream(createEmpty());
  else conflict.setCurrentRevision(result.actual >= TOMBSTONE_REVISION ? '9223372036854775807' : String(result.actual));
  if (typeof expected === 'bigint') conflict.setExpectedRevision(expected.toString());
  else if (expected === 'any') conflict.setExpectedAny(createEmpty());
  else if (expected === 'no_stream') conflict.setExpectedNoStream(createEmpty());
  else conflict.setExpectedStreamExists(createEmpty());
  response.setWrongExpectedVersion(conflict);
  return response;
};

/** The unary append (a stream of requests, one response), which the client uses when a call has its own credentials. */
export const createAppend =
  ({ storage, closing }: ServerContext): handleClientStreamingCall<AppendReq, AppendResp> =>
  (call: ServerReadableStream<AppendReq, AppendResp>, callback: sendUnaryData<AppendResp>) => {
    let target: ReturnType<typeof writeTarget> | undefined;
    const events: ProposedEvent[] = [];
    let size = 0;
    let over = false;
    const finish = (error: unknown, response?: AppendResp) => {
      if (over) return;
      over = true;
      closing.removeEventListener('abort', onClosing);
      events.length = 0;
      if (error) callback(toGrpcError(error));
      else callback(null, response);
    };
    // Do not wait for an append that is still being sent; none of it has been written.
    const onClosing = () => finish(unavailable('the server is shutting down'));
    closing.addEventListener('abort', onClosing, { once: true });
    const attempt = (work: () => void) => {
      try {
        if (!over) work();
      } catch (error) {
        finish(error);
      }
    };

    call.on('data', (request: AppendReq) =>
      attempt(() => {
        const message = request.getProposedMessage();
        if (request.hasOptions()) {
          if (target) throw invalidArgument('an append has its options more than once');
          target = writeTarget(request.getOptions());
        } else if (message) {
          if (!target) throw invalidArgument('an append must begin with its options');
          const event = proposedEvent(message);
          size += event.data.length + event.metadata.length + 2 * event.type.length;
          if (size > MAX_APPEND_SIZE || events.length >= MAX_APPEND_EVENTS) throw maximumAppendSizeExceeded();
          events.push(event);
        } else throw invalidArgument('an append request is empty');
      }),
    );
    call.on('end', () =>
      attempt(() => {
        if (!target) throw invalidArgument('an append must begin with its options');
        closing.removeEventListener('abort', onClosing);
        const { stream, expected } = target;
        const deadline = Number(call.getDeadline());
        storage
          .append({
            stream,
            expected,
            events: [...events],
            deadline: Number.isFinite(deadline) ? deadline : undefined,
            abandoned: () => over,
          })
          .then((result) => finish(undefined, encodeResult(stream, expected, result)))
          .catch(finish);
      }),
    );
    call.on('cancelled', () => {
      over = true;
      closing.removeEventListener('abort', onClosing);
    });
    call.on('error', finish);
  };
