/** Version of this library, sent to servers in `hello`. */
export const libraryVersion = "0.1.0";
