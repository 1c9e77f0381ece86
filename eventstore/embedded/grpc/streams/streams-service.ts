import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { createAdmission } from '../admission.ts';
import type { ServiceFactory } from '../services.ts';
import { createAppend } from './append.ts';
import { batchAppendMethod, createBatchAppend } from './batch-append.ts';
import { createDelete, createTombstone } from './delete.ts';
import { createRead, readMethod } from './read.ts';

const maxBytesInFlight = 64 * 1024 * 1024;

/** The Streams service: the client's definition, with two methods encoded by hand. */
export const streamsService: ServiceFactory = (context) => ({
  definition: { ...StreamsService, read: readMethod, batchAppend: batchAppendMethod } as unknown as ServiceDefinition,
  handlers: {
    read: createRead(context),
    append: createAppend(context),
    batchAppend: createBatchAppend(context, createAdmission(maxBytesInFlight)),
    delete: createDelete(context),
    tombstone: createTombstone(context),
  } as unknown as UntypedServiceImplementation,
});
