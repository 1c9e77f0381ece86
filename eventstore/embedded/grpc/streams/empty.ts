import shared from '@eventstore/db-client/generated/shared_pb.js';

/** The client's own Empty message. */
export const createEmpty = () => new shared.Empty();
