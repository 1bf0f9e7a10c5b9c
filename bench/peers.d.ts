/**
 * The part of the peers' interfaces that the benchmarks use, so that types are checked where the
 * packages of `bench/package.json` are not installed.
 */
declare module 'aws-sdk' {
  const AWS: {
    readonly DynamoDB: { readonly DocumentClient: new (options: object) => object };
  };
  export default AWS;
}

declare module 'dynamodb-lock-client' {
  export interface Lock {
    readonly fencingToken?: number;
    on(event: 'error', listener: (error: Error) => void): void;
    release(callback: (error?: Error) => void): void;
  }
  export class FailOpen {
    constructor(options: object);
    acquireLock(id: string, callback: (error: Error | undefined, lock?: Lock) => void): void;
  }
}

declare module 'etcd3' {
  export interface Campaign {
    on(event: 'error', listener: (error: Error) => void): this;
    wait(): Promise<this>;
    resign(): Promise<void>;
  }
  export class Etcd3 {
    constructor(options: { hosts: string });
    election(name: string, ttlSeconds: number): { campaign(value: string): Campaign };
  }
}

declare module 'ioredis' {
  export class Redis {
    constructor(options: { host: string; port: number });
    on(event: 'error', listener: () => void): void;
  }
}

declare module 'redlock' {
  export interface Lock {
    extend(ttlMs: number): Promise<Lock>;
    unlock(): Promise<void>;
  }
  export default class Redlock {
    constructor(clients: readonly object[], options: { retryCount: number; retryDelay: number });
    on(event: 'clientError', listener: () => void): void;
    acquire(resource: string, ttlMs: number): Promise<Lock>;
  }
}

declare module 'vega' {
  export function parse(spec: object): object;
  export class View {
    constructor(runtime: object, options: { renderer: 'none' });
    toSVG(): Promise<string>;
  }
}

declare module 'vega-lite' {
  export function compile(spec: object): { readonly spec: object };
}
