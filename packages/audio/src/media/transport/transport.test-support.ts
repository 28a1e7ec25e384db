import { readFileSync } from "node:fs";
import {
  makeTransportStream,
  mp3At48000,
  splitAdts,
  splitMp3,
  type TransportStreamOptions,
} from "@asterite/testkit";
import { mediaFile } from "../media.test-support.ts";

type Packing = Omit<TransportStreamOptions, "frames" | "frameSeconds">;

/** Frames of 3 s of AAC, without a container. */
export const aacFrames = splitAdts(mediaFile("tones.aac"));

/** Frames of a second of mp3 at 48 kHz. */
export const mp3Frames = (): Uint8Array[] => splitMp3(readFileSync(mp3At48000));

/** Returns AAC in a transport stream. */
export const aacInTransport = (options: Packing = {}, frames: readonly Uint8Array[] = aacFrames): Buffer =>
  makeTransportStream({ ...options, frames, frameSeconds: 1_024 / 44_100 });

/** Returns mp3 in a transport stream. */
export const mp3InTransport = (options: Packing = {}): Buffer =>
  makeTransportStream({ streamType: 0x03, ...options, frames: mp3Frames(), frameSeconds: 1_152 / 48_000 });
