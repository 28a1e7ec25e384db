import type { ByteWindow } from "../byte-window.ts";
import type { MediaLimits } from "../media-limits.ts";
import { TrackError } from "../track-error.ts";
import type { Link } from "./link.ts";
import type { Page } from "./page.ts";
import { PageWalker } from "./page-walker.ts";

/** First distance above 0, of those that double, at which the page numbers of a link are compared. */
const minPageDistance = 1024;
/** Bytes of pages at the start of the audio that stand for all of its pages. */
const sampledBytes = 24 * 1024;
/** Bytes per page, beside those of the first pages, from which on a file is too large for its page numbers. */
const fewPages = 1.5;

/**
 * Returns whether the page numbers of a link begin again, as in a chain of links with one serial number. Pages at distances
 * that double find the end of the first link when the later ones are longer, and its last page when they are shorter.
 */
export async function restarts(
  window: ByteWindow,
  size: number,
  limits: MediaLimits,
  { serial, dataAt }: Link,
  last: Page,
): Promise<boolean> {
  const walker = new PageWalker(window, limits);
  let before: Page | undefined;
  const isLower = (page: Page): boolean =>
    before !== undefined && page.at > before.at && page.sequence <= before.sequence;
  for (let distance = 0; dataAt + distance < size; distance = Math.max(minPageDistance, 2 * distance)) {
    walker.at = dataAt + distance;
    try {
      let page = await walker.next();
      while (page && page.serial !== serial) page = await walker.next();
      if (!page) break;
      if (isLower(page)) return true;
      before = page;
    } catch (error) {
      // Pages behind the damage still have numbers.
      if (!(error instanceof TrackError)) throw error;
    }
  }
  return isLower(last);
}

/**
 * Returns whether a file has more bytes than pages of the last page's number take, as a chain has whose last link is not by far its
 * longest: a server is asked for places in the middle only then.
 */
export async function hasTooFewPages(
  window: ByteWindow,
  size: number,
  limits: MediaLimits,
  { serial, group, dataAt }: Link,
  last: Page,
): Promise<boolean> {
  if (group.size > 1) return false;
  const walker = new PageWalker(window, limits);
  walker.at = dataAt;
  const first = await walker.next();
  if (first?.serial !== serial) return false;
  let [pages, bytes] = [1, first.bytes];
  while (bytes < sampledBytes) {
    const page = await walker.next();
    if (!page || page.first) break;
    pages++;
    bytes += page.bytes;
  }
  const counted = last.sequence - first.sequence + 1;
  return size - dataAt > (fewPages * Math.max(0, counted) * bytes) / pages;
}
