/** Texts of the page for the first administrator in English, which are loaded with it. */
export const en = {
  title: "Set up your server",
  lead: "Create your account. It administers this server.",
  repeat: "Repeat password",
  differs: "The passwords don't match.",
  alreadySetUp: "This link was used already: the server has an administrator. Sign in with that account.",
  linkInvalid:
    "This link isn't valid, or a later start of the server has replaced it. Open the link that the latest start printed. If the server is set up already, sign in.",
  closed:
    "This link isn't valid, and the server creates no other accounts. Open the link that the latest start of the server printed. If the server is set up already, sign in.",
  signIn: "Sign in instead",
};

/** The same in German. */
export const de: Readonly<Record<keyof typeof en, string>> = {
  title: "Server einrichten",
  lead: "Erstelle dein Konto. Es verwaltet diesen Server.",
  repeat: "Passwort wiederholen",
  differs: "Die Passwörter stimmen nicht überein.",
  alreadySetUp:
    "Dieser Link wurde schon benutzt: Der Server hat einen Administrator. Melde dich mit diesem Konto an.",
  linkInvalid:
    "Dieser Link gilt nicht, oder ein späterer Start des Servers hat ihn ersetzt. Öffne den Link, den der letzte Start ausgegeben hat. Ist der Server schon eingerichtet, melde dich an.",
  closed:
    "Dieser Link gilt nicht, und andere Konten legt der Server nicht an. Öffne den Link, den der letzte Start des Servers ausgegeben hat. Ist der Server schon eingerichtet, melde dich an.",
  signIn: "Stattdessen anmelden",
};
