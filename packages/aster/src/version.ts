/** Version of this library, as it introduces itself to servers. */
export const libraryVersion = "0.1.0";
