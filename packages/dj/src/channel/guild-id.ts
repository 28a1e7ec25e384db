/**
 * The guild under which a channel has its player on a node: the channel's uuid as an unsigned integer of 64 bits,
 * always the same for the same channel.
 *
 * @param uuid - An integer.
 */
export const guildIdOf = (uuid: number): string => String(BigInt.asUintN(64, BigInt(uuid)));
