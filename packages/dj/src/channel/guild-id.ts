/**
 * Returns the guild id of a channel's player on a node: the channel uuid as an unsigned 64-bit integer.
 *
 * @param uuid - An integer.
 */
export const guildIdOf = (uuid: number): string => String(BigInt.asUintN(64, BigInt(uuid)));
