/** Administrative request that cannot be carried out. The message is for the operator. */
export class AdminError extends Error {
  /** Class name, for logs. */
  override readonly name = "AdminError";
}
