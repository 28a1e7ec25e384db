/** Where the bytes of a track are; plain data, so that it can go to another thread. */
export type MediaLocation =
  | {
      readonly type: "file";
      /** Absolute, and already found to be inside a configured folder. */
      readonly path: string;
    }
  | {
      readonly type: "http";
      /** `http:` or `https:`. */
      readonly url: string;
      /** Sent with every request to it; empty for most. */
      readonly headers: Readonly<Record<string, string>>;
    };
