import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { ServiceFactory } from './services.ts';

const identity = (bytes: Buffer) => bytes;
const method = (name: string, responseStream: boolean) => ({
  path: `/grpc.health.v1.Health/${name}`,
  requestStream: false as const,
  responseStream,
  requestSerialize: identity,
  requestDeserialize: identity,
  responseSerialize: identity,
  responseDeserialize: identity,
});

/** `HealthCheckResponse { status: SERVING }`. */
const serving = Buffer.from([0x08, 0x01]);

/** The standard gRPC health service: anyone who gets an answer at all gets SERVING. */
export const healthService: ServiceFactory = (context) => {
  const check: handleUnaryCall<Buffer, Buffer> = (_call, callback) => callback(null, serving);
  const watch: handleServerStreamingCall<Buffer, Buffer> = (call) => {
    call.write(serving);
    const end = () => call.end();
    context.closing.addEventListener('abort', end, { once: true });
    call.on('close', () => context.closing.removeEventListener('abort', end));
  };
  return {
    definition: { check: method('Check', false), watch: method('Watch', true) } as unknown as ServiceDefinition,
    handlers: { check, watch } as UntypedServiceImplementation,
  };
};
