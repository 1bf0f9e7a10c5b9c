/** What harness and candidates agree on about the local stores. */
export const TABLE = 'bench';
export const REGION = 'us-east-1';
export const CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };
/** The table of the peers that bring their own layout: one key, `id`. */
export const PEER_TABLE = 'bench-peers';
