// Processor time that authentication adds to each message between processes.

import { randomBytes, randomUUID } from "node:crypto";
import { silentLogger } from "@asterite/util";
import { AuthenticatedBus } from "../../packages/aster-server/src/bus/authenticated-bus.ts";
import type { Bus } from "../../packages/aster-server/src/bus/bus.ts";
import { BusKeyring } from "../../packages/aster-server/src/bus/bus-keyring.ts";
import type { Measure } from "./measures.ts";

/** Bus that delivers to one receiver in this process. */
class DirectBus implements Bus {
  readonly isConnected = true;
  readonly maxMessageBytes = 1_048_576;
  receive: (message: Uint8Array) => void = () => {};

  send(_topic: string, message: Uint8Array): void {
    this.receive(message);
  }

  subscribe(_topic: string, receive: (message: Uint8Array) => void): void {
    this.receive = receive;
  }

  onConnected(): void {}

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Returns the processor time in µs of signing and verifying a message. */
async function timePerMessage(bytes: number, messages: number): Promise<number> {
  const keys = { readBusKeys: () => Promise.resolve([{ number: 1, key: randomBytes(32), createdMs: 0 }]) };
  const keyring = await BusKeyring.load(keys, silentLogger);
  const wire = new DirectBus();
  const open = (bus: Bus) =>
    new AuthenticatedBus({ bus, process: randomUUID(), keyring, now: Date.now, logger: silentLogger });
  const [sender, receiver] = [open(wire), open(wire)];
  let received = 0;
  receiver.subscribe("commits", () => received++);
  const message = randomBytes(bytes);
  const run = (count: number): void => {
    for (let sent = 0; sent < count; sent++) sender.send("commits", message);
  };
  run(messages);
  const before = process.cpuUsage();
  run(messages);
  const { user, system } = process.cpuUsage(before);
  if (received !== 2 * messages) throw new Error(`${received} of ${2 * messages} messages were accepted`);
  return (user + system) / messages;
}

/** Measures signing and verifying. A message carries all events and packets of one commit. */
export const authentication: Measure = async function* () {
  for (const bytes of [500, 20_000]) {
    const value = await timePerMessage(bytes, 100_000);
    yield {
      measure: `authentication of a message of ${bytes} bytes, sender and receiver`,
      unit: "µs",
      value,
    };
  }
};
