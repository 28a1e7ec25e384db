/** Returns random bytes in hexadecimal. Unlike `randomUUID`, works outside of secure contexts. */
export const randomHex = (bytes = 16): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
