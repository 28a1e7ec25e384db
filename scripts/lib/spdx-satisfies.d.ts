declare module "spdx-satisfies" {
  /**
   * Returns whether a licence expression is met by some of the accepted licences; throws on an illegal one.
   */
  export default function satisfies(expression: string, accepted: readonly string[]): boolean;
}
