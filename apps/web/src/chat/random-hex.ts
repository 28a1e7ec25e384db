/** Random bits in hexadecimal; unlike `randomUUID`, also in pages that a browser does not call secure. */
export const randomName = (bytes = 16): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
