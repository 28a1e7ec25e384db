/** Returns the address without its query, which may contain a password. */
export const addressOf = ({ origin, pathname }: URL): string => origin + pathname;
