import type { MediaLimits } from "../media-limits.ts";
import { TrackError } from "../track-error.ts";
import { type HeaderReader, type LogicalStream, openHeaders } from "./logical-stream.ts";
import { PacketAssembler } from "./packet-assembler.ts";
import type { PageWalker } from "./page-walker.ts";

/** A logical stream of a chain with its position. */
export interface Link {
  readonly stream: LogicalStream;
  readonly serial: number;
  /** Serial numbers of all streams that are multiplexed with it, such as video, and its own. */
  readonly group: ReadonlySet<number>;
  /** Position of the first page with audio. */
  readonly dataAt: number;
}

/**
 * Reads the headers of the streams that begin at a position, and selects the first supported audio stream.
 */
export async function openLink(walker: PageWalker, limits: MediaLimits): Promise<Link | undefined> {
  let chosen: { readonly serial: number; readonly headers: HeaderReader } | undefined;
  const assembler = new PacketAssembler(limits.maxPacketBytes);
  const group = new Set<number>();
  for (;;) {
    const page = await walker.next();
    if (!page) return undefined;
    if (page.first) {
      group.add(page.serial);
      const [packet] = chosen ? [] : new PacketAssembler(limits.maxPacketBytes).push(page);
      const headers = packet && openHeaders(packet, limits);
      if (headers) chosen = { serial: page.serial, headers };
      continue;
    }
    if (!chosen) return undefined;
    if (page.serial !== chosen.serial) continue;
    for (const packet of assembler.push(page)) {
      const stream = chosen.headers.push(packet);
      if (stream === null) throw new TrackError("The file is damaged.", "COMMON");
      // Audio begins on a new page.
      if (stream) return { stream, serial: chosen.serial, group, dataAt: walker.at };
    }
  }
}
