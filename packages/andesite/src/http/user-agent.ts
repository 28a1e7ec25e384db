/** Value of the `User-Agent` header of every HTTP request. */
export const USER_AGENT = "asterite-andesite/0.1.0 (https://www.npmjs.com/package/@asterite/andesite)";
