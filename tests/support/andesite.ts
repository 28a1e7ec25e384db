import { ScriptedNode, type ScriptedNodeOptions } from "@asterite/testkit";
import { onTestFinished } from "vitest";

/** A node that ends with the test. */
export async function startNode(options?: ScriptedNodeOptions): Promise<ScriptedNode> {
  const node = await ScriptedNode.start(options);
  onTestFinished(() => node.die());
  return node;
}

/** Closes a client when the test ends. */
export function closing<Client extends { close(): Promise<void> }>(client: Client): Client {
  onTestFinished(() => client.close());
  return client;
}

/** Waits for something that no event tells. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}
