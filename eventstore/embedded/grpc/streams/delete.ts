import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { handleUnaryCall } from '@grpc/grpc-js';
import type { DeleteCommand } from '../../storage/types.ts';
import { deadlineExceeded, streamDeleted, toGrpcError, wrongExpectedVersion } from '../errors.ts';
import type { ServerContext } from '../services.ts';
import { writeTarget } from './append.ts';

type DeleteReq = InstanceType<typeof streams.DeleteReq>;
type DeleteResp = InstanceType<typeof streams.DeleteResp>;
type TombstoneReq = InstanceType<typeof streams.TombstoneReq>;
type TombstoneResp = InstanceType<typeof streams.TombstoneResp>;

const run = async (
  { storage }: ServerContext,
  how: DeleteCommand['how'],
  call: { request: DeleteReq | TombstoneReq; getDeadline(): Date | number },
): Promise<string> => {
  const { stream, expected } = writeTarget(call.request.getOptions());
  const deadline = Number(call.getDeadline());
  const result = await storage.delete({
    stream,
    expected,
    how,
    deadline: Number.isFinite(deadline) ? deadline : undefined,
  });
  if (result.kind === 'timeout') throw deadlineExceeded();
  if (result.kind === 'stream-deleted') throw streamDeleted(stream);
  if (result.kind === 'wrong-expected-version') throw wrongExpectedVersion(stream, expected, result.actual);
  return String(result.position);
};

/** Soft delete: the stream reads as missing, and may be appended to again, after its last revision. */
export const createDelete =
  (context: ServerContext): handleUnaryCall<DeleteReq, DeleteResp> =>
  (call, callback) => {
    run(context, 'soft', call).then(
      (at) => {
        const position = new streams.DeleteResp.Position();
        position.setCommitPosition(at);
        position.setPreparePosition(at);
        const response = new streams.DeleteResp();
        response.setPosition(position);
        callback(null, response);
      },
      (error) => callback(toGrpcError(error)),
    );
  };

/** Hard delete: the stream is closed for good. */
export const createTombstone =
  (context: ServerContext): handleUnaryCall<TombstoneReq, TombstoneResp> =>
  (call, callback) => {
    run(context, 'tombstone', call).then(
      (at) => {
        const position = new streams.TombstoneResp.Position();
        position.setCommitPosition(at);
        position.setPreparePosition(at);
        const response = new streams.TombstoneResp();
        response.setPosition(position);
        callback(null, response);
      },
      (error) => callback(toGrpcError(error)),
    );
  };
