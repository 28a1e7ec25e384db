import { type Address, keyOf } from "../lib/address.ts";

/** Another server answers at a known address. It was sent neither the password nor the token. */
export class OtherServerError extends Error {
  override readonly name = "OtherServerError";
  readonly address: Address;

  constructor(address: Address) {
    super(`another server answers at ${keyOf(address)}`);
    this.address = address;
  }
}
