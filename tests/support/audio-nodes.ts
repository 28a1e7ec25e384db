import { type AudioNode, startScriptedNode } from "./audio-node.ts";
import { startRealNode } from "./real-audio-node.ts";

/** All kinds of nodes on which the test suite of the music bot runs. */
export const audioNodes: readonly (readonly [name: string, start: () => Promise<AudioNode>])[] = [
  ["a scripted node", () => startScriptedNode()],
  ["a real node", startRealNode],
];
