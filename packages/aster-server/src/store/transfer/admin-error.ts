/** An administrative request that cannot be carried out; the message is for the operator. */
export class AdminError extends Error {
  /** Name of the class, as logs show it. */
  override readonly name = "AdminError";
}
