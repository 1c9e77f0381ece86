import { once } from 'node:events';
import { createRequire } from 'node:module';
import { connect, createServer, type Socket } from 'node:net';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import {
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';

const require = createRequire(import.meta.url);
const { Empty } = require('google-protobuf/google/protobuf/empty_pb.js');
const { Any } = require('google-protobuf/google/protobuf/any_pb.js');

/** What happens to one append. */
export type AppendFault =
  /** The connection breaks before the node has seen it. */
  | 'dropped-before'
  /** It is done, and the connection breaks before the answer is sent. */
  | 'dropped-after'
  /** It is done, and the answer reports that the deadline has passed. */
  | 'deadline-after'
  /** It is done, and the stream ends with ABORTED. */
  | 'aborted-after'
  | 'without-position'
  /** It is a repetition that the node no longer recognises, and takes for a conflict. */
  | 'taken-for-a-conflict'
  | 'answered-twice'
  /** It is done and answered, but only after the client has given up. */
  | 'answered-late'
  | 'never-answered'
  | 'not-ready';

type State = keyof typeof gossip.MemberInfo.VNodeState;

/** One node of the double: its own port, in front of the same store. */
export type DoubleNode = {
  readonly port: number;
  state: State;
  /** Refuses connections, and breaks existing ones. */
  down(): void;
  up(): Promise<void>;
  /** Accepts connections, but no longer answers. */
  freeze(): void;
  thaw(): void;
  /** Breaks all connections. */
  drop(): void;
};

export type EventStoreDouble = {
  readonly nodes: readonly DoubleNode[];
  /** With all nodes as seeds, or of a single one. */
  readonly url: string;
  /** What happens to the next appends, in order; after that, nothing. */
  readonly appendFaults: AppendFault[];
  /** How each read of `$all` from a position, and each subscription, ends; `null`: as the store ends it. */
  readError: { readonly code: status; readonly details: string; readonly times: number } | null;
  /** Calls that the user has no right to. */
  readonly denied: Set<'read $all' | 'read streams' | 'write streams'>;
  /** How many appends were answered, whether or not the answers arrived. */
  appends(): number;
  /** Called before each append is passed on. */
  onAppend: (count: number) => void;
  lead(node: DoubleNode): void;
  close(): Promise<void>;
};

const bytes = (buffer: Buffer): Buffer => buffer;
const method = (path: string, requestStream: boolean, responseStream: boolean) => ({
  path,
  requestStream,
  responseStream,
  requestSerialize: bytes,
  requestDeserialize: bytes,
  responseSerialize: bytes,
  responseDeserialize: bytes,
});
const service = {
  read: method('/event_store.client.streams.Streams/Read', true, true),
  batchAppend: method('/event_store.client.streams.Streams/BatchAppend', true, true),
  gossip: method('/event_store.client.gossip.Gossip/Read', false, false),
  features: method('/event_store.client.server_features.ServerFeatures/GetSupportedMethods', false, false),
} satisfies ServiceDefinition;

type Duplex = ServerDuplexStream<Buffer, Buffer>;

/** The answer to an append that is rejected. */
const refusal = (
  to: { getCorrelationId(): InstanceType<typeof shared.UUID> | undefined },
  code: number,
  message: string,
  type: string,
  packed: Uint8Array,
): Buffer => {
  const details = new Any();
  details.pack(packed, type);
  const error = new statusPb.Status();
  error.setCode(code as Parameters<typeof error.setCode>[0]);
  error.setMessage(message);
  error.setDetails(details);
  const response = new streams.BatchAppendResp();
  response.setCorrelationId(to.getCorrelationId());
  response.setError(error);
  return Buffer.from(response.serializeBinary());
};

/**
 * A cluster of nodes in front of an embedded event store (one without TLS) that behaves like real nodes when something
 * goes wrong: each node is a port that passes calls on, answers gossip, and rejects calls that only the leader handles.
 *
 * @param port of the embedded event store
 * @param count of nodes; the first one leads
 */
export const openEventStoreDouble = async (port: number, count: number): Promise<EventStoreDouble> => {
  const upstream = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.max_receive_message_length': -1,
  });
  let appended = 0;
  const nodes: (DoubleNode & { readonly appends: Set<Duplex>; close(): Promise<void> })[] = [];
  const leader = () => nodes.find(({ state }) => state === 'LEADER');

  const notLeader = () => {
    const metadata = new Metadata();
    metadata.set('exception', 'not-leader');
    const at = leader()?.port;
    if (at !== undefined) {
      metadata.set('leader-endpoint-host', '127.0.0.1');
      metadata.set('leader-endpoint-port', String(at));
    }
    return Object.assign(new Error('Leader info available'), {
      code: status.NOT_FOUND,
      details: 'Leader info available',
      metadata,
    });
  };
  const accessDenied = () => {
    const metadata = new Metadata();
    metadata.set('exception', 'access-denied');
    return { code: status.PERMISSION_DENIED, details: 'Access Denied', metadata };
  };
  const refuses = (node: DoubleNode, metadata: Metadata) =>
    node.state !== 'LEADER' && metadata.get('requires-leader')[0] === 'true';

  const forward = (path: string, call: Duplex): ClientDuplexStream<Buffer, Buffer> => {
    const metadata = call.metadata.clone();
    metadata.remove('requires-leader');
    const out = upstream.makeBidiStreamRequest(path, bytes, bytes, metadata, {});
    out.on('error', (error: Error) => call.emit('error', error));
    call.on('cancelled', () => out.cancel());
    return out;
  };

  const read = (node: DoubleNode, call: Duplex) => {
    if (refuses(node, call.metadata)) return call.emit('error', notLeader());
    const out = forward(service.read.path, call);
    call.once('data', (request: Buffer) => {
      const all = streams.ReadReq.deserializeBinary(request).getOptions()?.getAll();
      if (double.denied.has(all === undefined ? 'read streams' : 'read $all')) {
        out.cancel();
        return call.emit('error', accessDenied());
      }
      const fault = double.readError;
      if (fault !== null && all?.hasPosition()) {
        double.readError = fault.times > 1 ? { ...fault, times: fault.times - 1 } : null;
        out.cancel();
        return call.emit('error', { code: fault.code, details: fault.details, metadata: new Metadata() });
      }
      out.write(request);
      out.end();
      return undefined;
    });
    out.on('data', (answer: Buffer) => {
      if (!call.write(answer)) {
        out.pause();
        call.once('drain', () => out.resume());
      }
    });
    out.on('end', () => call.end());
    return undefined;
  };

  const answer = (node: DoubleNode, call: Duplex, response: Buffer, fault: AppendFault | undefined) => {
    const change = (edit: (response: InstanceType<typeof streams.BatchAppendResp>) => void) => {
      const decoded = streams.BatchAppendResp.deserializeBinary(response);
      edit(decoded);
      call.write(Buffer.from(decoded.serializeBinary()));
    };
    const refuse = (code: number, message: string, type: string, packed: Uint8Array) =>
      call.write(refusal(streams.BatchAppendResp.deserializeBinary(response), code, message, type, packed));
    switch (fault) {
      case undefined:
      case 'dropped-before':
      case 'not-ready':
        return call.write(response);
      case 'dropped-after':
        return node.drop();
      case 'never-answered':
        return undefined;
      case 'answered-late':
        return setTimeout(() => call.write(response), 2_000).unref();
      case 'answered-twice':
        call.write(response);
        return call.write(response);
      case 'taken-for-a-conflict': {
        const conflict = new shared.WrongExpectedVersion();
        conflict.setCurrentStreamRevision(
          streams.BatchAppendResp.deserializeBinary(response).getSuccess()!.getCurrentRevision(),
        );
        conflict.setExpectedNoStream(new Empty());
        const packed = conflict.serializeBinary();
        return refuse(6, 'WrongExpectedVersion', 'event_store.client.WrongExpectedVersion', packed);
      }
      case 'without-position':
        return change((decoded) => decoded.getSuccess()?.setNoPosition(new Empty()));
      case 'deadline-after':
        return refuse(
          status.DEADLINE_EXCEEDED,
          'Timeout',
          'event_store.client.Timeout',
          new shared.Timeout().serializeBinary(),
        );
      case 'aborted-after':
        return call.emit('error', {
          code: status.ABORTED,
          details: 'Operation timed out : Commit phase timeout',
          metadata: new Metadata(),
        });
    }
  };

  const batchAppend = (node: (typeof nodes)[number], call: Duplex) => {
    if (refuses(node, call.metadata)) return call.emit('error', notLeader());
    const out = forward(service.batchAppend.path, call);
    node.appends.add(call);
    call.once('close', () => node.appends.delete(call));
    const faults = new Map<string, AppendFault>();
    const keyOf = (id: InstanceType<typeof shared.UUID> | undefined) =>
      Buffer.from(id!.serializeBinary()).toString('hex');
    call.on('data', (request: Buffer) => {
      double.onAppend(appended);
      const decoded = streams.BatchAppendReq.deserializeBinary(request);
      if (double.denied.has('write streams')) {
        const denied = new shared.AccessDenied().serializeBinary();
        return call.write(refusal(decoded, 7, 'Access Denied', 'event_store.client.AccessDenied', denied));
      }
      const fault = double.appendFaults.shift();
      if (fault === 'dropped-before') return node.drop();
      if (fault === 'not-ready')
        return call.write(refusal(decoded, 14, 'Server Is Not Ready', 'google.protobuf.Empty', new Uint8Array()));
      if (fault !== undefined) faults.set(keyOf(decoded.getCorrelationId()), fault);
      return out.write(request);
    });
    call.on('end', () => out.end());
    out.on('data', (response: Buffer) => {
      appended++;
      const key = keyOf(streams.BatchAppendResp.deserializeBinary(response).getCorrelationId());
      const fault = faults.get(key);
      faults.delete(key);
      answer(node, call, response, fault);
    });
    out.on('end', () => call.end());
    return undefined;
  };

  const tellGossip = (callback: sendUnaryData<Buffer>) => {
    const cluster = new gossip.ClusterInfo();
    for (const { port: at, state } of nodes) {
      const member = new gossip.MemberInfo();
      const id = new shared.UUID();
      id.setString(`00000000-0000-4000-8000-${String(at).padStart(12, '0')}`);
      member.setInstanceId(id);
      member.setTimeStamp(String(Date.now()));
      member.setState(gossip.MemberInfo.VNodeState[state]);
      member.setIsAlive(true);
      const endPoint = new gossip.EndPoint();
      endPoint.setAddress('127.0.0.1');
      endPoint.setPort(at);
      member.setHttpEndPoint(endPoint);
      cluster.addMembers(member);
    }
    callback(null, Buffer.from(cluster.serializeBinary()));
  };

  const openNode = async (state: State): Promise<(typeof nodes)[number]> => {
    const server = new Server({ 'grpc.max_receive_message_length': -1 });
    const inner = await new Promise<number>((resolve, reject) => {
      server.addService(service, {
        read: (call: Duplex) => read(node, call),
        batchAppend: (call: Duplex) => batchAppend(node, call),
        gossip: (_: unknown, callback: sendUnaryData<Buffer>) => tellGossip(callback),
        features: (call: { request: Buffer }, callback: sendUnaryData<Buffer>) =>
          void upstream.makeUnaryRequest(service.features.path, bytes, bytes, call.request, (error, value) =>
            callback(error, value),
          ),
      });
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    const sockets = new Set<Socket>();
    let frozen = false;
    const front = createServer((socket) => {
      const to = connect(inner, '127.0.0.1');
      for (const each of [socket, to]) {
        sockets.add(each);
        each.on('error', () => {});
        each.once('close', () => {
          sockets.delete(each);
          socket.destroy();
          to.destroy();
        });
      }
      socket.on('data', (data) => to.write(data));
      to.on('data', (data) => socket.write(data));
      if (frozen) for (const each of [socket, to]) each.pause();
    });
    const listen = async (at: number): Promise<number> => {
      front.listen(at, '127.0.0.1');
      await once(front, 'listening');
      return (front.address() as { port: number }).port;
    };
    const at = await listen(0);
    const drop = () => {
      for (const socket of sockets) socket.destroy();
    };
    const node: (typeof nodes)[number] = {
      port: at,
      state,
      appends: new Set(),
      drop,
      down() {
        front.close();
        drop();
      },
      async up() {
        await listen(at);
      },
      freeze() {
        frozen = true;
        for (const socket of sockets) socket.pause();
      },
      thaw() {
        frozen = false;
        for (const socket of sockets) socket.resume();
      },
      async close() {
        front.close();
        drop();
        server.forceShutdown();
      },
    };
    return node;
  };

  const double: EventStoreDouble = {
    nodes,
    get url() {
      return `esdb://${nodes.map((node) => `127.0.0.1:${node.port}`).join(',')}?tls=false`;
    },
    appendFaults: [],
    readError: null,
    denied: new Set(),
    appends: () => appended,
    onAppend: () => {},
    lead(next) {
      for (const node of nodes) {
        const led = node.state === 'LEADER' && node !== next;
        node.state = node === next ? 'LEADER' : 'FOLLOWER';
        if (led) for (const call of node.appends) call.emit('error', notLeader());
      }
    },
    async close() {
      await Promise.all(nodes.map((node) => node.close()));
      upstream.close();
    },
  };
  for (let n = 0; n < count; n++) nodes.push(await openNode(n === 0 ? 'LEADER' : 'FOLLOWER'));
  return double;
};
