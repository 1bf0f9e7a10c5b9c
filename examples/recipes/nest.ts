/**
 * NestJS: a provider that leads from bootstrap to shutdown. With `enableShutdownHooks` SIGTERM ends
 * the application only once the role is released. It is written without decorators, as plain
 * functions.
 */
import 'reflect-metadata';
import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { electionOf, settleOrders } from './work.ts';

class Leadership implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly election = electionOf('nest');
  readonly #stop = new AbortController();
  #led: Promise<unknown> = Promise.resolve();

  onApplicationBootstrap(): void {
    this.#led = this.election.leadWhile(settleOrders, { signal: this.#stop.signal });
  }

  async onApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await this.#led;
  }
}
Injectable()(Leadership);

class LeaderController {
  readonly leadership: Leadership;
  constructor(leadership: Leadership) {
    this.leadership = leadership;
  }
  leads() {
    const { isLeading, term } = this.leadership.election;
    return { leads: isLeading, token: term?.token.toString() };
  }
}
Inject(Leadership)(LeaderController, undefined, 0);
const leads = Object.getOwnPropertyDescriptor(LeaderController.prototype, 'leads');
if (leads) Get()(LeaderController.prototype, 'leads', leads);
Controller()(LeaderController);

class AppModule {}
Module({ providers: [Leadership], controllers: [LeaderController] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error'] });
app.enableShutdownHooks(['SIGTERM']);
await app.listen(Number(process.env.PORT ?? 0), '127.0.0.1');
console.log(`listening ${JSON.stringify(app.getHttpServer().address())}`);
