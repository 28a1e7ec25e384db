import type { MediaPart } from "@asterite/audio/media";

/** Location of the bytes of a track; plain data, so that it can be sent to another thread. */
export type MediaLocation = {
  /** Part of the file that is the track. Default: all of it. */
  readonly part?: MediaPart;
} & (
  | {
      readonly type: "file";
      /** Absolute path, already checked to be inside a configured folder. */
      readonly path: string;
    }
  | {
      readonly type: "http";
      /** `http:` or `https:` URL. */
      readonly url: string;
      /** Additional headers of every request; usually empty. */
      readonly headers: Readonly<Record<string, string>>;
      /** Whether it is the playlist of an HLS stream. Default `false`. */
      readonly isHls?: boolean;
    }
);
