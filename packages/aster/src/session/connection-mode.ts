/** How to introduce oneself to a server. */
export const ConnectionMode = {
  /** Log in with a password and a name or uuid. */
  Login: 1,
  /** Create an account with a name and password. */
  Register: 2,
  /** Do neither: only public commands work. */
  Neither: 3,
} as const;

/** One of the numbers in {@link ConnectionMode}. */
export type ConnectionMode = (typeof ConnectionMode)[keyof typeof ConnectionMode];
