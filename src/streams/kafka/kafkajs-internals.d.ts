/** The one internal of kafkajs that is used here: see coordinator-cache.ts. */
declare module 'kafkajs/src/cluster/index.js' {
  const Cluster: { readonly prototype: object };
  export default Cluster;
}
