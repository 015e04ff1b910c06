/** The internals of kafkajs that are used here: see coordinator-cache.ts, early-enlistment.ts, lost-positions.ts, record-headers.ts and sent-once.ts. */
declare module 'kafkajs/src/cluster/index.js' {
  const Cluster: { readonly prototype: object };
  export default Cluster;
}
declare module 'kafkajs/src/broker/index.js' {
  const Broker: { readonly prototype: object };
  export default Broker;
}
declare module 'kafkajs/src/protocol/decoder.js' {
  const Decoder: { readonly prototype: object; new (bytes: Uint8Array): object };
  export default Decoder;
}
declare module 'kafkajs/src/protocol/recordBatch/record/v0/decoder.js' {
  export default function read(
    from: object,
    batch: { readonly firstOffset: string; readonly firstTimestamp: string },
  ): { readonly headers: object };
}
declare module 'kafkajs/src/consumer/offsetManager/index.js' {
  const OffsetManager: { readonly prototype: object };
  export default OffsetManager;
}
declare module 'kafkajs/src/producer/sendMessages.js' {
  /** How a producer sends; for tests. */
  const sendMessages: (means: object) => (request: object) => Promise<unknown>;
  export default sendMessages;
}
declare module 'kafkajs/src/retry/index.js' {
  const createRetry: (options: object) => object;
  export default createRetry;
}
