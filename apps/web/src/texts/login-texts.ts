// Imported by the parts of the page that show texts of accounts, such as the sign-in form.

import { enLogin } from "./en-login.ts";
import { addEnglish } from "./texts.svelte.ts";

addEnglish(enLogin);
