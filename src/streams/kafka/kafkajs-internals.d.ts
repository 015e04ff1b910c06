/** The internals of kafkajs that are used here: see coordinator-cache.ts and early-enlistment.ts. */
declare module 'kafkajs/src/cluster/index.js' {
  const Cluster: { readonly prototype: object };
  export default Cluster;
}
declare module 'kafkajs/src/broker/index.js' {
  const Broker: { readonly prototype: object };
  export default Broker;
}
